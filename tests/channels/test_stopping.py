"""Work on a turn stops when the visitor says so, and goes on when only their line drops."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tests.channels.client import Conversation, Event
from tests.channels.conftest import Modelled
from tests.channels.grounded import grounded
from tests.channels.schemas import turn_of
from tests.stand_ins.openai_replies import Hang, StallAfter, Text

ASKED = "Can freelancers build production-grade AI?"
# The promise is one second; the rest is for a machine that is busy with other tests.
SOON_S = 1.0 + 0.5
PATIENCE_S = 30.0


def stall_after_two_sentences(modelled: Modelled) -> None:
    """The model writes two sentences and the beginning of a third, then falls silent."""
    modelled.model.on_text = lambda request: StallAfter(
        3, pings=True, answer=Text((*grounded(request.text, 2), "Freelancers also", " are."))
    )


def read_to(events: Iterator[Event], name: str, count: int = 1) -> list[Event]:
    """The events up to the `count`-th of that name."""
    seen = []
    for event in events:
        seen.append(event)
        if [one.name for one in seen].count(name) == count:
            return seen
    raise AssertionError(f"the stream ended before {name}")


def wait_for_end(talk: Conversation, turn_id: str) -> Any:
    """The stored turn once it is over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for turn in talk.turns():
            if turn["turn_id"] == turn_id and "status" not in turn:
                return turn
        time.sleep(0.05)
    raise AssertionError("the turn is not over")


def test_a_stopped_turn_keeps_what_was_shown_and_lets_the_model_go(modelled: Modelled) -> None:
    stall_after_two_sentences(modelled)
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        events = iter(stream)
        seen = read_to(events, "answer.sentence", 1)
        turn_id = seen[0].json["turn_id"]

        began = time.monotonic()
        stopped = talk.call("POST", f"/turns/{turn_id}/stop")
        seen += list(events)
        took_s = time.monotonic() - began

    assert stopped.status == 202
    assert took_s < SOON_S
    assert modelled.model.wait_for_disconnect(SOON_S), "the model's connection is still open"
    assert seen[-1].name == "turn.completed"
    turn = turn_of(seen[-1].json)
    assert turn.stopped
    shown = [event.json for event in seen if event.name == "answer.sentence"]
    assert [one.model_dump() for one in turn.sentences] == shown
    assert talk.turns() == [seen[-1].json]
    assert talk.resume(turn_id) == seen


def test_a_turn_that_waits_for_its_first_word_stops_too(modelled: Modelled) -> None:
    modelled.model.on_text = lambda _: Hang()
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        events = iter(stream)
        turn_id = next(events).json["turn_id"]
        assert modelled.model.wait_for_requests(1, PATIENCE_S)
        began = time.monotonic()
        assert talk.call("POST", f"/turns/{turn_id}/stop").status == 202
        end = list(events)[-1]
        assert time.monotonic() - began < SOON_S
    assert modelled.model.wait_for_disconnect(SOON_S)
    turn = turn_of(end.json)
    assert (turn.stopped, turn.sentences) == (True, [])


def test_stopping_twice_is_stopping_once(modelled: Modelled) -> None:
    stall_after_two_sentences(modelled)
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        events = iter(stream)
        turn_id = read_to(events, "answer.sentence")[0].json["turn_id"]
        for _ in range(3):
            assert talk.call("POST", f"/turns/{turn_id}/stop").status == 202
        end = list(events)[-1]
    assert (end.name, end.json["stopped"]) == ("turn.completed", True)


def test_stopping_a_turn_that_is_over_changes_nothing(modelled: Modelled) -> None:
    talk = modelled.client.converse()
    turn = talk.say("hello")
    assert talk.call("POST", f"/turns/{turn['turn_id']}/stop").status == 202
    assert talk.turns() == [turn]
    assert turn["stopped"] is False


def test_the_conversation_goes_on_after_a_stop(modelled: Modelled) -> None:
    stall_after_two_sentences(modelled)
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        events = iter(stream)
        turn_id = read_to(events, "answer.sentence")[0].json["turn_id"]
        assert talk.call("POST", f"/turns/{turn_id}/stop").status == 202
    began = time.monotonic()
    assert talk.say("hello")["kind"] == "small_talk"
    assert time.monotonic() - began < 5.0
    assert [turn["stopped"] for turn in talk.turns()] == [True, False]


def test_a_visitor_whose_line_drops_finds_the_finished_turn(modelled: Modelled) -> None:
    modelled.model.on_text = lambda request: Text(
        "".join(grounded(request.text, 3)), chunk_size=40, delay_chunk_s=0.1
    )
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        seen = read_to(iter(stream), "answer.sentence")
    turn_id = seen[0].json["turn_id"]

    turn = turn_of(wait_for_end(talk, turn_id))

    assert not turn.stopped
    assert len(turn.sentences) > 1
    assert modelled.model.abandoned == []
    resumed = talk.resume(turn_id, seen[-1].id)
    assert [*seen, *resumed] == talk.resume(turn_id)
    assert turn_of(resumed[-1].json) == turn


def test_erasing_a_conversation_stops_its_work_and_ends_its_streams(modelled: Modelled) -> None:
    stall_after_two_sentences(modelled)
    talk = modelled.client.converse()
    with talk.stream(ASKED) as stream:
        events = iter(stream)
        read_to(events, "answer.sentence")
        assert talk.call("DELETE").status == 204
        began = time.monotonic()
        rest = list(events)
        assert time.monotonic() - began < SOON_S
    assert modelled.model.wait_for_disconnect(SOON_S)
    assert [event.name for event in rest][-1:] == ["turn.completed"]
    assert talk.call("GET").status == 404


def test_a_model_that_is_down_is_no_error_page(modelled: Modelled) -> None:
    with modelled.model.down():
        turn = turn_of(modelled.client.converse().say(ASKED))
    assert (turn.mode, turn.degraded, turn.kind) == ("openai", True, "answer")
    assert turn.sentences


def test_a_turn_of_the_model_is_whole_and_counts_its_calls(modelled: Modelled) -> None:
    modelled.model.on_text = lambda request: Text("".join(grounded(request.text, 2)))
    turn = turn_of(modelled.client.converse().say(ASKED))
    assert (turn.mode, turn.degraded, turn.usage.llm_calls) == ("openai", False, 1)
    assert turn.usage.prompt_tokens > 0
    assert turn.usage.completion_tokens > 0
