"""The model may fill the scoring tool's form; each entry counts only with the visitor's words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import past_of
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.facts import is_witnessed
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.model import ModelReader, witness

from .conftest import AskModel

SAID = "Whom should we hire for our AI chatbot? The person would plan the sprints with us."
QUOTE = "The person would plan the sprints with us"


def filled(**facts: Any) -> r.ToolCall:
    return r.ToolCall(arguments=facts)


def entry(value: str, quote: str = QUOTE) -> dict[str, str]:
    return {"value": value, "quote": quote}


@pytest.fixture
def told(ask_model: AskModel, server: OpenAIServer) -> Turn:
    """What the local reading alone makes of it."""
    return ask_model(SAID)


def ask_filled(ask_model: AskModel, server: OpenAIServer, **facts: Any) -> Turn:
    server.on_tool = lambda _: filled(**facts)
    return ask_model(SAID)


def test_a_fact_with_the_visitors_own_words_counts(
    ask_model: AskModel, server: OpenAIServer, told: Turn
) -> None:
    assert "team" not in told.facts
    turn = ask_filled(ask_model, server, team=entry("embedded"))
    assert turn.facts["team"].value == "embedded"
    assert turn.facts["team"].quote == QUOTE
    assert turn.user_text[turn.facts["team"].start : turn.facts["team"].end] == QUOTE
    assert "facts_dropped" not in turn.trace


def test_the_tool_scores_what_the_model_found(
    ask_model: AskModel, server: OpenAIServer, told: Turn
) -> None:
    turn = ask_filled(ask_model, server, team=entry("embedded"))
    assert turn.recommendation is not None
    assert told.recommendation is not None
    assert turn.recommendation.profile_hash != told.recommendation.profile_hash
    assert turn.tool_calls[0].arguments == {name: one.value for name, one in turn.facts.items()}


@pytest.mark.parametrize(
    "quote",
    [
        "the person would plan the sprints with us",
        "The  person would plan the\nsprints with us",
        "“The person would plan the sprints with us.”",
    ],
)
def test_case_spaces_and_marks_of_a_quote_are_forgiven(
    ask_model: AskModel, server: OpenAIServer, quote: str
) -> None:
    turn = ask_filled(ask_model, server, team=entry("embedded", quote))
    assert turn.facts["team"].quote == QUOTE


FORGERIES: list[tuple[str, dict[str, Any], str]] = [
    ("invented words", {"team": entry("embedded", "we work in one room")}, "not_said"),
    (
        "changed words",
        {"team": entry("embedded", "The person will attend no meetings")},
        "not_said",
    ),
    (
        "stitched words",
        {"team": entry("embedded", "Whom should attend our meetings")},
        "not_said",
    ),
    ("no words", {"team": entry("embedded", "")}, "no_quote"),
    ("one sign", {"team": entry("embedded", ".")}, "no_quote"),
    ("white space", {"team": entry("embedded", "    ")}, "no_quote"),
    ("words that are no text", {"team": {"value": "embedded", "quote": 7}}, "no_quote"),
    ("no quote field", {"team": {"value": "embedded"}}, "no_quote"),
    ("an unknown fact", {"weather": entry("sunny")}, "unknown_value"),
    ("an unknown value", {"team": entry("enormous")}, "unknown_value"),
    ("another fact's value", {"team": entry("tight")}, "unknown_value"),
    ("a value that is no text", {"team": {"value": True, "quote": QUOTE}}, "unknown_value"),
    ("a list of values", {"team": {"value": ["embedded"], "quote": QUOTE}}, "unknown_value"),
    ("a bare value", {"team": "embedded"}, "malformed"),
    ("a number", {"team": 5}, "malformed"),
    ("a list", {"team": [entry("embedded")]}, "malformed"),
    ("a verdict", {"verdict": "freelancers"}, "malformed"),
    ("a verdict with words", {"verdict": entry("freelancers")}, "unknown_value"),
    (
        "the advisor's words",
        {"team": entry("embedded", "Tell me about your AI project")},
        "not_said",
    ),
    ("our prompt's words", {"team": entry("embedded", "Fill in the form")}, "not_said"),
]


@pytest.mark.parametrize(
    ("facts", "reason"), [one[1:] for one in FORGERIES], ids=[one[0] for one in FORGERIES]
)
def test_a_forged_entry_is_dropped_and_counted(
    ask_model: AskModel, server: OpenAIServer, told: Turn, facts: dict[str, Any], reason: str
) -> None:
    turn = ask_filled(ask_model, server, **facts)
    assert turn.trace["facts_dropped"] == {reason: 1}
    assert turn.recommendation == told.recommendation
    assert {name: one.value for name, one in turn.facts.items()} == {
        name: one.value for name, one in told.facts.items()
    }


def test_one_forged_entry_leaves_the_others(ask_model: AskModel, server: OpenAIServer) -> None:
    turn = ask_filled(
        ask_model, server, team=entry("embedded"), scale=entry("large", "a million users")
    )
    assert "team" in turn.facts
    assert "scale" not in turn.facts
    assert turn.trace["facts_dropped"] == {"not_said": 1}


def test_extra_fields_of_an_entry_change_nothing(ask_model: AskModel, server: OpenAIServer) -> None:
    turn = ask_filled(
        ask_model, server, team=entry("embedded") | {"points": 900, "verdict": "hybrid"}
    )
    assert turn.facts["team"].value == "embedded"


def test_what_the_visitor_plainly_said_is_not_turned_round(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    server.on_tool = lambda _: filled(budget=entry("comfortable", "our budget is tight"))
    turn = ask_model("We want to build a chatbot and our budget is tight.")
    assert turn.facts["budget"].value == "tight"
    assert turn.trace["facts_dropped"] == {"says_otherwise": 1}


def test_words_of_an_advisors_answer_are_no_witness(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    first = ask_model("What are the limitations of freelancers?")
    server.on_tool = lambda _: filled(team=entry("embedded", first.sentences[0].text[:60]))
    turn = ask_model(SAID, past_of([first.view()]))
    assert "team" not in turn.facts
    assert turn.trace["facts_dropped"] == {"not_said": 1}


@pytest.mark.parametrize(
    ("reply", "degraded"),
    [
        (r.UnknownTool(), True),
        (r.ToolCall(arguments="{broken"), True),
        (r.ToolCall(arguments='"text"'), True),
        (r.Text("I would rather talk."), True),
        (r.ToolCall(arguments="[]"), False),
        (r.ToolCall(arguments="null"), False),
        (r.ToolCall(), False),
    ],
    ids=["unknown tool", "broken JSON", "a text", "talk", "a list", "null", "nothing"],
)
def test_a_form_that_is_none_leaves_the_local_reading(
    ask_model: AskModel, server: OpenAIServer, told: Turn, reply: r.Reply, degraded: bool
) -> None:
    server.on_tool = lambda _: reply
    turn = ask_model(SAID)
    assert turn.recommendation == told.recommendation
    assert turn.degraded == degraded


def test_of_two_forms_the_first_is_read(ask_model: AskModel, server: OpenAIServer) -> None:
    server.on_tool = lambda _: r.TwoTools(
        {"team": entry("embedded")}, {"team": entry("standalone"), "scale": entry("large")}
    )
    turn = ask_model(SAID)
    assert turn.facts["team"].value == "embedded"
    assert "scale" not in turn.facts


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.just(QUOTE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "quote", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(["team", "budget", "stage", "verdict", ""]), anything))
def test_whatever_a_model_sends_only_witnessed_facts_are_kept(
    parts: Parts, arguments: dict[str, Any]
) -> None:
    extractor = parts.advisor.extractor
    reader = ModelReader(None, None, None, parts.rubric, extractor._local)  # type: ignore[arg-type]
    message = Message("m1", "visitor", SAID)
    for name, fact in reader.check(arguments, [message]).facts.items():
        assert parts.rubric.knows(name, fact.value)
        assert is_witnessed(fact, {"m1": message})


def test_the_newest_message_with_the_words_is_the_witness() -> None:
    messages = [
        Message("m1", "visitor", "It is urgent."),
        Message("m2", "advisor", "It is urgent?"),
        Message("m3", "visitor", "As I said: it  is\nurgent."),
        Message("m4", "visitor", "Thanks."),
    ]
    assert witness("it is urgent", messages) == ("m3", "it  is\nurgent", 11)
    assert witness("not a word of it", messages) is None
    assert witness(" ., ", messages) is None
