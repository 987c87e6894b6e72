"""A message becomes one turn: whole, grounded, in order, and never worked on twice."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.channels.client import Client, Conversation
from tests.channels.schemas import Article, Problem, turn_of

AT_ONCE = 20
# One message for each thing that a turn can be.
MESSAGES = [
    ("Can freelancers build production-grade AI?", "answer"),
    ("what are the risks with freelancers", "answer"),
    ("We need a demo in two weeks, the budget is tight. Whom should we hire?", "recommendation"),
    ("It is our core product, with patient data, to be maintained for years.", "recommendation"),
    ("First a prototype, then the real system in production.", "recommendation"),
    ("so whom do I hire?", "recommendation"),
    ("who won the cup final", "declined"),
    ("hello", "small_talk"),
    ("Can I talk to a human?", "handoff"),
]


@pytest.mark.parametrize(("text", "kind"), MESSAGES)
def test_a_turn_is_whole_and_stands_on_the_article(
    client: Client, article: Article, text: str, kind: str
) -> None:
    talk = client.converse()
    sent = talk.send(text)
    assert (sent.status, sent.headers["content-type"]) == (200, "application/json")
    turn = turn_of(sent.json)
    assert (turn.kind, turn.user_text, turn.conversation_id) == (kind, text, talk.id)
    assert (turn.mode, turn.degraded, turn.stopped) == ("embedded", False, False)
    assert (turn.usage.llm_calls, turn.usage.prompt_tokens) == (0, 0)
    assert turn.sentences
    assert article.misquoted(turn) == []
    assert all(one.url.rpartition("#")[2] == one.section_id for one in turn.citations)
    assert talk.turns() == [sent.json]


@pytest.mark.parametrize("text", [text for text, kind in MESSAGES if kind == "recommendation"])
def test_a_recommendation_replays_from_its_record(client: Client, text: str) -> None:
    turn = client.converse().say(text)
    (call,) = turn["tool_calls"]
    score = client.call("POST", "/v1/score", {"facts": call["arguments"]})
    assert (score.status, call["name"]) == (200, "score_hiring_fit")
    assert without_words(score.json) == without_words(turn["recommendation"])
    assert call["profile_hash"] == score.json["profile_hash"]


def without_words(recommendation: dict[str, Any]) -> dict[str, Any]:
    """Without the visitor's words: scoring without a conversation has others."""
    reasons = [{**one, "quote": None} for one in recommendation["contributions"]]
    return {**recommendation, "contributions": reasons}


def test_every_fact_has_a_witness_in_what_the_visitor_wrote(client: Client) -> None:
    talk = client.converse()
    talk.say("We want a demo of a support bot, and the budget is tight.")
    turn = turn_of(talk.say("It has to be there in ten days. Whom should we hire?"))
    said = {one["message_id"]: one["user_text"] for one in talk.turns()}
    assert {"budget", "deadline"} <= set(turn.facts)
    for fact in turn.facts.values():
        assert fact.quote in said[str(fact.message_id)]
    assert turn.recommendation is not None
    quotes = {one.quote for one in turn.recommendation.contributions}
    assert quotes <= {fact.quote for fact in turn.facts.values()}
    assert turn.tool_calls[0].arguments == {name: one.value for name, one in turn.facts.items()}


def test_a_question_of_ours_is_answered_by_picking_an_option(client: Client) -> None:
    talk = client.converse()
    asked = turn_of(talk.say("so whom do I hire?")).next_question
    assert asked is not None
    option = asked.options[0]
    turn = turn_of(talk.say(option.label))
    assert (turn.facts[asked.fact].value, turn.kind) == (option.value, "recommendation")


# --- never twice ---------------------------------------------------------------------------------


def test_the_same_message_id_again_is_the_same_turn(client: Client) -> None:
    talk, message_id = client.converse(), str(uuid.uuid4())
    first = talk.say("Are freelancers cheaper?", message_id)
    assert first["message_id"] == message_id
    assert talk.say("Are freelancers cheaper?", message_id) == first
    assert talk.say("Are freelancers cheaper?", message_id.upper()) == first
    assert talk.hear("Are freelancers cheaper?", message_id)[-1].json == first
    assert talk.turns() == [first]


def test_a_message_sent_many_times_at_once_is_worked_on_once(client: Client) -> None:
    talk, message_id = client.converse(), str(uuid.uuid4())

    def send(number: int) -> Any:
        if number % 2:
            return talk.hear("Are freelancers cheaper?", message_id)[-1].json
        return talk.say("Are freelancers cheaper?", message_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        turns = list(pool.map(send, range(AT_ONCE)))
    assert turns.count(turns[0]) == AT_ONCE
    assert talk.turns() == [turns[0]]


def test_a_message_id_with_other_words_is_a_conflict(client: Client) -> None:
    talk, message_id = client.converse(), str(uuid.uuid4())
    first = talk.say("Are freelancers cheaper?", message_id)
    refused = talk.send("Are they faster?", message_id)
    assert refused.status == 409
    assert Problem.model_validate_json(refused.body).status == 409
    assert talk.turns() == [first]


def test_a_message_id_is_known_in_its_own_conversation_only(client: Client) -> None:
    message_id = str(uuid.uuid4())
    turns = [
        client.converse().say(text, message_id) for text in ("Are freelancers cheaper?", "hello")
    ]
    assert [turn["kind"] for turn in turns] == ["answer", "small_talk"]


# --- in order ------------------------------------------------------------------------------------


def test_messages_sent_at_once_are_worked_on_one_after_the_other(client: Client) -> None:
    talk = client.converse()
    facts = [
        "We want a demo.",
        "Our budget is tight.",
        "We need it in ten days.",
        "It is an internal tool.",
        "Nobody has to maintain it once it is done.",
    ]
    said = [facts[at % len(facts)] for at in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answered = list(pool.map(talk.say, said))
    stored = talk.turns()
    assert len(stored) == AT_ONCE
    assert sorted(map(str, stored)) == sorted(map(str, answered))
    assert_each_knows_what_was_said_before(stored)


def assert_each_knows_what_was_said_before(turns: list[dict[str, Any]]) -> None:
    known: set[str] = set()
    for turn in turns:
        heard = set(turn["facts"])
        assert known <= heard, "a fact of an earlier message is not known"
        assert heard - known <= facts_alone(turn), "a fact of a later message is known"
        known = heard
    assert len(known) >= 4


def facts_alone(turn: dict[str, Any]) -> set[str]:
    """The facts that a turn's own message is the witness of."""
    own = turn["message_id"]
    return {name for name, fact in turn["facts"].items() if fact["message_id"] == own}


def test_conversations_do_not_know_of_each_other(client: Client) -> None:
    said = ["We want a demo.", "Our budget is tight.", "It is our core product."] * 4

    def tell(text: str) -> tuple[Conversation, dict[str, Any]]:
        talk = client.converse()
        return talk, talk.say(text)

    with ThreadPoolExecutor(len(said)) as pool:
        told = list(pool.map(tell, said))
    for text, (talk, turn) in zip(said, told, strict=True):
        assert [fact["quote"] in text for fact in turn["facts"].values()] == [True]
        assert talk.turns() == [turn]
