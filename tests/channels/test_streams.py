"""A turn as a stream: in order, always ended, and resumed without losing or repeating an event."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from tests.channels.client import Client, Event
from tests.channels.conftest import Modelled
from tests.channels.grounded import grounded
from tests.channels.schemas import Citation, Question, Recommendation, Sentence, turn_of
from tests.stand_ins.openai_replies import Text

ANSWERED = "Can freelancers build production-grade AI?"
RECOMMENDED = "It is our core product, with patient data. Whom should we hire?"
DECLINED = "who won the cup final"
TERMINAL = {"turn.completed", "error"}


@pytest.fixture(scope="module")
def heard(client: Client) -> dict[str, list[Event]]:
    """One stream for each kind of turn."""
    return {text: client.converse().hear(text) for text in (ANSWERED, RECOMMENDED, DECLINED)}


@pytest.mark.parametrize("text", [ANSWERED, RECOMMENDED, DECLINED])
def test_a_stream_begins_and_ends_as_it_should(heard: dict[str, list[Event]], text: str) -> None:
    events = heard[text]
    names = [event.name for event in events]
    assert names[0] == "turn.started"
    assert [name for name in names if name in TERMINAL] == ["turn.completed"] == names[-1:]
    assert "answer.sentence" in names
    numbers = [event.number for event in events]
    assert numbers == sorted(set(numbers))
    assert len({event.id for event in events}) == len(events)


@pytest.mark.parametrize("text", [ANSWERED, RECOMMENDED, DECLINED])
def test_each_event_has_the_json_that_its_name_promises(
    heard: dict[str, list[Event]], text: str
) -> None:
    turn = turn_of(heard[text][-1].json)
    for event in heard[text]:
        assert event.data == event.data.strip()
        value = event.json
        match event.name:
            case "turn.started":
                assert value == {"turn_id": turn.turn_id, "message_id": str(turn.message_id)}
            case "citations":
                assert [Citation.model_validate(one) for one in value]
            case "recommendation":
                Recommendation.model_validate(value)
            case "answer.sentence":
                Sentence.model_validate(value)
            case "question":
                Question.model_validate(value)
            case name:
                assert name == "turn.completed"


def test_the_recommendation_comes_before_the_prose_that_explains_it(
    heard: dict[str, list[Event]],
) -> None:
    names = [event.name for event in heard[RECOMMENDED]]
    assert names.count("recommendation") == 1
    assert names.index("recommendation") < names.index("answer.sentence")
    assert "recommendation" not in [event.name for event in heard[ANSWERED]]


@pytest.mark.parametrize("text", [ANSWERED, RECOMMENDED])
def test_sources_come_before_the_sentences_that_cite_them(
    heard: dict[str, list[Event]], text: str
) -> None:
    shown: dict[int, Any] = {}
    for event in heard[text]:
        if event.name == "citations":
            shown |= {one["n"]: one for one in event.json}
        elif event.name == "answer.sentence":
            assert event.json["citations"]
            assert set(event.json["citations"]) <= set(shown)
    assert all(shown[one["n"]] == one for one in heard[text][-1].json["citations"])


@pytest.mark.parametrize("text", [ANSWERED, RECOMMENDED, DECLINED])
def test_the_parts_of_a_stream_add_up_to_its_turn(heard: dict[str, list[Event]], text: str) -> None:
    turn = heard[text][-1].json
    parts = [(event.name, event.json) for event in heard[text]]
    assert [value for name, value in parts if name == "answer.sentence"] == turn["sentences"]
    for name, field in (("recommendation", "recommendation"), ("question", "next_question")):
        shown = [value for shown, value in parts if shown == name]
        assert shown == ([] if turn[field] is None else [turn[field]])


def test_the_streamed_turn_is_the_stored_one(client: Client) -> None:
    talk = client.converse()
    with talk.stream(RECOMMENDED) as stream:
        events = list(stream)
        assert stream.comments, "nothing keeps the line alive before the first event"
        assert stream.retry_ms is not None
    assert talk.turns() == [events[-1].json]


def test_streams_are_neither_stored_nor_held_back_on_the_way(client: Client) -> None:
    with client.converse().stream(ANSWERED) as stream:
        headers = stream.response.headers
        list(stream)
    assert headers.get_content_charset("utf-8") == "utf-8"
    assert "no-cache" in headers["cache-control"] or "no-store" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"


# --- resuming ------------------------------------------------------------------------------------


def test_a_finished_turn_resumes_after_any_event(client: Client) -> None:
    talk = client.converse()
    events = talk.hear(RECOMMENDED)
    turn_id = events[0].json["turn_id"]
    assert talk.resume(turn_id) == events
    for at, event in enumerate(events, start=1):
        assert talk.resume(turn_id, event.id) == events[at:]


def test_a_running_turn_resumes_after_any_event(modelled: Modelled) -> None:
    modelled.model.on_text = lambda request: Text(
        "".join(grounded(request.text, 3)), chunk_size=24, delay_chunk_s=0.03
    )
    talk = modelled.client.converse()
    seen: list[Event] = []
    resumed: list[Future[list[Event]]] = []
    with ThreadPoolExecutor(20) as pool, talk.stream(ANSWERED) as stream:
        for event in stream:
            seen.append(event)
            turn_id = seen[0].json["turn_id"]
            resumed.append(pool.submit(talk.resume, turn_id, event.id))
            if event.name == "turn.started":
                anew = pool.submit(talk.resume, turn_id)
    assert [event.name for event in seen].count("answer.sentence") >= 2
    assert anew.result() == seen
    for at, future in enumerate(resumed, start=1):
        assert future.result() == seen[at:]


@pytest.mark.parametrize(
    "strange", ["", "7", "nonsense", "{other}:3", "{turn}:", "{turn}:-1", "{turn}:1e3", "{turn}:²"]
)
def test_an_event_id_that_is_not_of_this_turn_replays_all(client: Client, strange: str) -> None:
    talk = client.converse()
    other = talk.say("hello")["turn_id"]
    events = talk.hear(ANSWERED)
    turn = events[0].json["turn_id"]
    after = strange.format(other=other, turn=turn).encode().decode("latin-1")
    assert talk.resume(turn, after) == events


def test_a_listener_that_comes_for_a_finished_message_hears_all_of_it(client: Client) -> None:
    talk, message_id = client.converse(), "6f1c1c9e-5bb5-4f7c-9f57-0d3a6c1f2b10"
    events = talk.hear(RECOMMENDED, message_id)
    assert talk.hear(RECOMMENDED, message_id) == events
