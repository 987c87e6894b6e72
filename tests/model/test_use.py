"""What a model is asked stays small: few calls, short prompts, and no growth with the talk."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Amounts, Figures
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past, past_of
from hiring_advisor.bootstrap import Parts

from .conftest import AskModel, work
from .honest import GOOD, PROS, UNCLEAR
from .use import averages, messages, prompt_tokens, use_of

CAP = 4_500
"""Prompt tokens of a turn, form and text together, whatever a visitor writes."""
TALK = (
    "We want to build a demo for our investors. Whom should we hire?",
    "What are the pros of freelancers on cost?",
    "and the cons?",
    "Our budget is tight.",
    "Why?",
    "What if the data is sensitive?",
    "It has to run for years and we maintain it ourselves.",
    "How long does full-time hiring take?",
    "What would change your mind?",
    "New project: a chatbot for our customers.",
)


@pytest.mark.figures
@pytest.mark.timeout(240)
def test_a_turn_costs_little_on_average(
    model_parts: Parts, server: OpenAIServer, amount: Amounts, figure: Figures
) -> None:
    texts = messages(amount(4, stress=1))
    used = asyncio.run(use_of(model_parts, server, texts))
    calls, tokens = averages(used)
    figure("model: calls a turn", round(calls, 2), of=len(texts), aim="≤ 1.3")
    figure("model: prompt tokens a turn", round(tokens), of=len(texts), aim="≤ 700")
    assert calls <= 1.3
    assert tokens <= 700


def test_what_stays_the_same_comes_first_and_stays_to_the_byte(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    ask_model(UNCLEAR)
    ask_model("We need something for our customers. Whom should we hire?")
    forms = [one for one in server.requests if one.forced_tool]
    texts = [one for one in server.requests if not one.forced_tool]
    for requests in (forms, texts):
        assert len(requests) == 2
        assert requests[0].messages[0] == requests[1].messages[0]
        assert [one.messages[0]["role"] for one in requests] == ["system", "system"]
        first, second = (bytes(one.raw) for one in requests)
        start = next(at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
        system = str(requests[0].messages[0]["content"])
        assert first.index(orjson.dumps(system[-40:])[1:-1]) < start
    assert orjson.dumps(forms[0].tools) == orjson.dumps(forms[1].tools)


async def _talk(parts: Parts, server: OpenAIServer, turns: int) -> list[int]:
    """Prompt tokens of each turn of a long conversation."""
    told: list[dict[str, object]] = []
    costs = []
    for text in islice(cycle(TALK), turns):
        server.clear()
        turn = await work(parts.advisor, text, past_of(told))
        told.append(turn.view())
        costs.append(sum(map(prompt_tokens, server.requests)))
    return costs


@pytest.mark.figures
def test_the_two_hundredth_turn_costs_what_the_tenth_did(
    model_parts: Parts, server: OpenAIServer, figure: Figures
) -> None:
    costs = asyncio.run(_talk(model_parts, server, 210))
    early, late = sum(costs[10:20]), sum(costs[200:210])
    figure("model: prompt tokens at turn 200 over those at turn 10", round(late / early, 2),
           of=210, aim="≤ 1.1")  # fmt: skip
    assert early > 0
    assert late <= 1.1 * early


WORDS = st.sampled_from(
    ["We", "our", "budget", "is tight", "whom should we hire?", "freelancers", "pros", "demo", "?",
     "production", "sensitive data", "for years", "\n", "日本語", "🦑", "zxqj", "x" * 300,
     "the cons"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=400).map(" ".join), st.text(min_size=1, max_size=3000)
)


@pytest.mark.figures
@pytest.mark.timeout(600)
def test_a_prompt_has_a_fixed_cap_whatever_was_said(
    shared_parts: Parts, server: OpenAIServer, amount: Amounts, figure: Figures
) -> None:
    talks = amount(60, stress=1000)
    largest = 0
    server.on_text = lambda _: r.Text(GOOD)

    @settings(
        max_examples=talks, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(TEXTS, min_size=1, max_size=4))
    def holds(said: list[str]) -> None:
        nonlocal largest

        async def talk() -> None:
            nonlocal largest
            told: list[dict[str, object]] = []
            for text in said:
                server.clear()
                turn = await work(shared_parts.advisor, text[:20_000], past_of(told))
                told.append(turn.view())
                cost = sum(map(prompt_tokens, server.requests))
                largest = max(largest, cost)
                assert cost <= CAP

        asyncio.run(talk())

    holds()
    figure("model: prompt tokens of the dearest turn", largest, of=talks, aim=f"≤ {CAP}")


def test_the_longest_message_stays_within_the_cap(
    shared_parts: Parts, server: OpenAIServer
) -> None:
    for text in ("We want to build a demo. " * 800, "🦑ﷺ" * 6000, f"{PROS} " * 480):
        server.clear()
        asyncio.run(work(shared_parts.advisor, text[:20_000], Past()))
        assert sum(map(prompt_tokens, server.requests)) <= CAP


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_model_that_always_calls_tools_is_asked_no_more_for_it(
    ask_model: AskModel, server: OpenAIServer, count: int
) -> None:
    server.on_text = server.on_tool = lambda _: r.ToolCall("score_hiring_fit", {}, count)
    turn = ask_model(UNCLEAR)
    assert turn.recommendation is not None
    assert turn.usage.llm_calls <= 3
    assert turn.degraded
