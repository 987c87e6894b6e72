"""What a turn leaves behind for operators: its first sentence, the tokens of the day."""

from __future__ import annotations

from tests.channels.client import Client
from tests.channels.grounded import grounded
from tests.operation.conftest import Start
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer
from tests.strangers.test_metrics import figures

QUESTION = "Can freelancers build production-grade AI?"


def test_a_turn_tells_when_its_first_sentence_was_there(start: Start) -> None:
    client = Client(start().url)
    talk = client.converse()
    timings = talk.say(QUESTION)["timings_ms"]
    assert 0 < timings["first_sentence"] <= timings["total"]
    # The greeting of a visitor is no sentence that was checked, but it is the first one shown.
    talk.say("hello")
    found = figures(client)
    counted = found[("hiring_advisor_first_sentence_seconds_count", ("embedded",))]
    assert counted == 2


def test_the_tokens_that_count_against_the_ceiling_are_told(start: Start) -> None:
    with OpenAIServer() as model:
        model.on_text = lambda request: Text("".join(grounded(request.text, 2)))
        server = start(
            OPENAI_API_KEY="k", OPENAI_BASE_URL=model.base_url, ADVISOR_DAILY_TOKENS="100000"
        )
        client = Client(server.url)
        assert figures(client)[("hiring_advisor_budget_spent_tokens", ())] == 0
        turn = client.converse().say(QUESTION)
        used = turn["usage"]["prompt_tokens"] + turn["usage"]["completion_tokens"]
        assert used > 100
        assert figures(client)[("hiring_advisor_budget_spent_tokens", ())] >= used
