"""With an honest model: its words, the article's sources, the tool's verdict, the costs counted."""

from __future__ import annotations

import pytest
from tests.conftest import Ask
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import past_of
from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn

from .conftest import AskModel
from .honest import ALSO_GOOD, GOOD, PROJECT, PROS, UNCLEAR, passages_in


def test_a_question_is_answered_in_the_models_words_with_the_articles_sources(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    server.script = [r.Text(f"{GOOD} {ALSO_GOOD}")]
    turn = ask_model(PROS)
    assert (turn.kind, turn.mode, turn.degraded) == ("answer", "openai", False)
    assert turn.text == f"{GOOD} {ALSO_GOOD}"
    assert all(sentence.citations for sentence in turn.sentences)
    assert {citation.section_id for citation in turn.citations} == {
        "freelancer-pros/cost-effective"
    }


def test_quotes_of_the_sources_are_the_passages_own_words(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    turn = ask_model(PROS)
    shown = " ".join(text for _, text in passages_in(server.requests[-1]).values())
    assert turn.citations
    for citation in turn.citations:
        assert citation.quote in shown


def test_usage_is_counted_as_the_provider_counts_it(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    server.on_text = lambda _: r.Text(GOOD, usage=r.Usage(120, 34))
    turn = ask_model(PROS)
    assert (turn.usage.llm_calls, turn.usage.prompt_tokens, turn.usage.completion_tokens) == (
        1, 120, 34,
    )  # fmt: skip


def test_calls_of_one_turn_are_added_up(ask_model: AskModel, server: OpenAIServer) -> None:
    server.on_text = lambda _: r.Text("You need a demo. [1]", usage=r.Usage(100, 10))
    turn = ask_model(UNCLEAR)
    assert turn.usage.llm_calls == len(server.requests) == 2
    assert turn.usage.prompt_tokens > 100


@pytest.mark.parametrize("reply", [r.UsageMissing(GOOD), r.UsageLying(GOOD)], ids=["none", "lies"])
def test_a_missing_or_lying_usage_hurts_nobody(
    ask_model: AskModel, server: OpenAIServer, reply: r.Reply
) -> None:
    server.script = [reply]
    turn = ask_model(PROS)
    assert (turn.degraded, turn.usage.llm_calls, turn.usage.prompt_tokens) == (False, 1, 0)


@pytest.mark.parametrize(
    "text", ["Hi!", "thanks a lot", "Are you a bot?", "Can I talk to a person?"]
)
def test_small_talk_and_hand_offs_cost_nothing(
    ask_model: AskModel, server: OpenAIServer, text: str
) -> None:
    turn = ask_model(text)
    assert turn.kind in {"small_talk", "handoff"}
    assert server.requests == []
    assert turn.usage.llm_calls == 0


@pytest.mark.parametrize(
    "text",
    [PROS, "What does production-grade mean?", "Can freelancers build production-grade AI?",
     "How long does full-time hiring take?", "Which one is cheaper in the long run?"],
)  # fmt: skip
def test_a_pure_question_needs_no_understanding_by_the_model(
    ask_model: AskModel, server: OpenAIServer, text: str
) -> None:
    assert ask_model(text).kind == "answer"
    assert [request.forced_tool for request in server.requests] == [None]


def test_what_the_article_does_not_answer_is_declined_without_asking_the_model(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    assert ask_model("What is the capital of Mongolia?").kind == "declined"
    assert server.requests == []


def test_a_project_is_read_by_one_forced_call_and_explained_by_one_more(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    turn = ask_model(UNCLEAR)
    assert turn.kind == "recommendation"
    assert [request.forced_tool for request in server.requests] == ["score_hiring_fit", None]
    form = server.requests[0]
    assert form.tools[0]["function"]["strict"] is True
    assert form.body["parallel_tool_calls"] is False
    assert not form.stream


def test_a_project_that_is_clear_without_the_model_needs_one_call(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    assert ask_model(PROJECT).kind == "recommendation"
    assert [request.forced_tool for request in server.requests] == [None]


def test_an_answer_to_our_question_needs_no_reading_by_the_model(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    first = ask_model("Whom should we hire?")
    assert first.next_question is not None
    server.clear()
    second = ask_model(first.next_question.options[0].label, past_of([first.view()]))
    assert set(second.facts) == {first.next_question.fact}
    assert all(request.forced_tool is None for request in server.requests)


def test_the_verdict_is_named_by_the_advisor_itself_and_only_then_explained(
    ask_model: AskModel, ask: Ask, server: OpenAIServer
) -> None:
    turn = ask_model(PROJECT)
    plain = ask(PROJECT)
    assert turn.recommendation is not None
    assert turn.sentences[0].text == plain.sentences[0].text == turn.recommendation.summary


def test_what_the_model_may_spend_is_bounded(ask_model: AskModel, server: OpenAIServer) -> None:
    ask_model("How do the two compare on cost? " * 400)
    for request in server.requests:
        assert request.body["max_completion_tokens"] <= 500
        assert len(request.text) < 30_000


def test_turns_in_event_loops_of_their_own_reach_the_model_too(
    model_parts: Parts, server: OpenAIServer
) -> None:
    turns = [one_turn(model_parts.advisor, PROS) for _ in range(3)]
    assert [(turn.mode, turn.degraded) for turn in turns] == [("openai", False)] * 3


def test_a_long_answer_is_cut_at_its_sixth_sentence(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    server.script = [r.HugeAnswer()]
    assert len(ask_model(PROS).sentences) <= 6
    said = ["overhead", "benefits", "office space", "HR management", "startups", "ideas", "budgets"]
    server.script = [r.Text(" ".join(f"Freelancers help with {one} expenses. [1]" for one in said))]
    assert len(ask_model(PROS).sentences) == 6


def test_a_sentence_said_twice_is_shown_once(ask_model: AskModel, server: OpenAIServer) -> None:
    server.script = [r.Text(f"{GOOD} {GOOD} {ALSO_GOOD}")]
    turn = ask_model(PROS)
    assert len(turn.sentences) == 2
    assert turn.trace["sentences_dropped"] == {"repeated": 1}
