"""Each fault 20 times with the real deadlines: an answer in time, the verdict that is due."""

from __future__ import annotations

import asyncio

import pytest
from tests.conftest import CORPUS, Ask, Figures, free_port
from tests.scoring.reference import Reference
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts

from .honest import GOOD, PROS, UNCLEAR
from .rows import EACH, MESSAGES, ROWS, Played, answers, nobody_picks_up, play

SLACK_S = 3.0
"""For a machine that is busy with other things."""
UNREACHABLE = ("no such host", "refused", "no TLS there", "nobody picks up")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def played(shared_parts: Parts) -> dict[str, Played]:
    """All rows, played in one event loop."""
    with OpenAIServer() as server, nobody_picks_up() as silent:
        answers(server)
        names = dict.fromkeys(ROWS, server.base_url) | {
            "no such host": "http://no-such-host.invalid/v1",
            "refused": f"http://127.0.0.1:{free_port()}/v1",
            "no TLS there": server.tls_url,
            "nobody picks up": silent,
        }
        return asyncio.run(play(shared_parts, names))


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference((CORPUS / "rubric.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plain(ask: Ask) -> dict[str, Turn]:
    """What the embedded advisor says to the same messages."""
    return {message: ask(message) for message in MESSAGES}


@pytest.mark.figures
@pytest.mark.parametrize("name", [*ROWS, *UNREACHABLE])
def test_a_fault_ends_in_an_answer_in_time_with_the_verdict_that_is_due(
    played: dict[str, Played],
    plain: dict[str, Turn],
    reference: Reference,
    figure: Figures,
    name: str,
) -> None:
    row = ROWS.get(name)
    within_s = row.within_s if row is not None else 3.5
    turns, longest = played[name].turns, max(played[name].seconds)
    figure(f"model: {name}: longest turn, s", round(longest, 2), of=EACH, aim=f"≤ {within_s}")
    assert len(turns) == EACH
    assert longest < within_s + SLACK_S
    for turn in turns:
        embedded = plain[turn.user_text]
        assert turn.kind == embedded.kind
        assert turn.recommendation == embedded.recommendation
        if turn.recommendation is not None:
            facts = {fact: one.value for fact, one in turn.facts.items()}
            assert turn.recommendation.verdict == reference.verdict(facts)
            assert turn.sentences[0].text == turn.recommendation.summary
        else:
            assert all(sentence.citations for sentence in turn.sentences)
        assert turn.sentences
        assert all(sentence.text[-1] in ".!?”" for sentence in turn.sentences)


@pytest.mark.parametrize("name", ROWS)
def test_what_failed_is_on_record_and_asked_again_only_where_it_helps(
    played: dict[str, Played], name: str
) -> None:
    row = ROWS[name]
    for turn in played[name].turns:
        if turn.user_text != PROS:
            continue
        assert turn.trace.get("model_failures", []) == ([row.reason] if row.reason else [])
        assert turn.degraded == bool(row.reason)
        assert turn.usage.llm_calls == row.calls
        assert turn.cut_short == row.cut_short


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.cut_short])
def test_what_was_shown_stays_and_the_embedded_part_completes_it(
    played: dict[str, Played], plain: dict[str, Turn], name: str
) -> None:
    own = {sentence.text for sentence in plain[PROS].sentences}
    for turn in played[name].turns:
        if turn.user_text == PROS:
            said = [sentence.text for sentence in turn.sentences]
            assert said[0] == GOOD.removesuffix(" [1]")
            assert set(said[1:]) <= own
            assert said[1:]


@pytest.mark.parametrize("name", [name for name in ROWS if "form" in name])
def test_a_form_that_is_none_leaves_the_verdict_to_our_own_reading(
    played: dict[str, Played], name: str
) -> None:
    for turn in played[name].turns:
        if turn.user_text == UNCLEAR:
            assert turn.usage.llm_calls == 2
            told = turn.trace.get("model_failures", []), turn.trace.get("facts_dropped")
            assert told in (
                (["tool_args_invalid"], None),
                ([], {"unknown_value": 1, "malformed": 2}),
            )


@pytest.mark.parametrize("name", UNREACHABLE)
def test_an_address_that_nobody_answers_at_is_tried_twice_at_most(
    played: dict[str, Played], name: str
) -> None:
    reason = "timeout" if name == "nobody picks up" else "connection"
    for turn in played[name].turns:
        assert turn.degraded
        assert turn.trace["model_failures"] == [reason]
        assert turn.usage.llm_calls == (1 if reason == "timeout" else 2)
