"""An endpoint that is down or slow for everybody: answers go on at once, and nobody asks it."""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import count

import orjson
import pytest
from tests.conftest import Amounts, Figures
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.breaker import Breaker
from hiring_advisor.understanding.chat import Asked, ChatModel, Deadlines, Spent

from .conftest import AskModel, work
from .honest import GOOD, PROJECT, PROS, UNCLEAR, honest
from .rows import advisor_with

ASKED = Asked("Be brief.", "Freelancers or full-time?")


async def timed(parts: Parts, chat: ChatModel, turns: int, at_once: int) -> list[float]:
    """Seconds of each turn, so many at once."""
    advisor = advisor_with(parts, chat)
    taken: list[float] = []
    numbers = count()

    async def visitor() -> None:
        while next(numbers) < turns:
            begun = time.monotonic()
            turn = await work(advisor, PROJECT, Past())
            taken.append(time.monotonic() - begun)
            assert turn.recommendation is not None
            assert turn.degraded

    await asyncio.gather(*(visitor() for _ in range(at_once)))
    return sorted(taken)


@pytest.mark.figures
@pytest.mark.parametrize(
    "fault", [r.Hang(), r.Status(401), r.Status(503)], ids=["slow", "key", "down"]
)
def test_while_the_breaker_is_open_everybody_is_answered_at_once(
    shared_parts: Parts, server: OpenAIServer, figure: Figures, amount: Amounts, fault: r.Reply
) -> None:
    server.always(fault)
    turns = amount(100, stress=1000)
    chat = ChatModel(
        "stand-in", api_key="any", base_url=server.base_url,
        deadlines=Deadlines(first_content_s=0.3),
    )  # fmt: skip

    async def brown_out() -> list[float]:
        await timed(shared_parts, chat, 3, 3)
        assert chat.breaker.state == "open"
        server.clear()
        return await timed(shared_parts, chat, turns, 4)

    taken = asyncio.run(brown_out())
    p95_ms = 1000 * taken[int(0.95 * len(taken))]
    figure(f"model: {type(fault).__name__}, breaker open: p95 of a turn, ms", round(p95_ms),
           of=turns, aim="≤ 500")  # fmt: skip
    assert server.requests == []
    assert p95_ms < 2000


def test_a_refused_key_is_one_line_in_the_log_and_no_call_for_five_minutes(
    ask_model: AskModel,
    server: OpenAIServer,
    model_parts: Parts,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    model_parts.chat.breaker = Breaker(lambda: now[0])
    model_parts.chat._alerts.clear()
    server.always(r.Status(401))
    with caplog.at_level(logging.ERROR):
        for second in (0.0, 1.0, 100.0, 299.0):
            now[0] = second
            assert ask_model(PROS).degraded
        assert len(server.requests) == 1
        now[0] = 301.0
        assert ask_model(PROS).degraded
    assert len(server.requests) == 2
    lines = [one.getMessage() for one in caplog.records if "OPENAI_API_KEY" in one.getMessage()]
    assert len(lines) == 1


def test_many_turns_that_are_refused_at_the_same_time_do_not_ask_again(
    shared_parts: Parts, server: OpenAIServer
) -> None:
    server.always(r.Status(401))
    chat = ChatModel("stand-in", api_key="any", base_url=server.base_url)
    advisor = advisor_with(shared_parts, chat)

    async def both() -> int:
        await asyncio.gather(*(work(advisor, PROS, Past()) for _ in range(20)))
        first = len(server.requests)
        await asyncio.gather(*(work(advisor, PROS, Past()) for _ in range(20)))
        return first

    first = asyncio.run(both())
    assert len(server.requests) == first <= 20


def test_of_many_turns_one_is_the_probe_that_brings_the_model_back(
    shared_parts: Parts, server: OpenAIServer
) -> None:
    now = [0.0]
    chat = ChatModel("stand-in", api_key="any", base_url=server.base_url)
    chat.breaker = Breaker(lambda: now[0])
    for _ in range(3):
        chat.breaker.failed("timeout")
    now[0] = 20.0
    server.on_text = lambda _: r.Text(GOOD, delay_first_s=0.8)
    advisor = advisor_with(shared_parts, chat)

    async def many() -> list[Turn]:
        return await asyncio.gather(*(work(advisor, PROS, Past()) for _ in range(20)))

    turns = asyncio.run(many())
    assert len(server.requests) == 1
    assert sum(not turn.degraded for turn in turns) == 1
    assert chat.breaker.state == "closed"


def test_a_probe_that_its_visitor_stops_leaves_the_way_free(server: OpenAIServer) -> None:
    now = [0.0]
    chat = ChatModel("stand-in", api_key="any", base_url=server.base_url)
    chat.breaker = Breaker(lambda: now[0])
    for _ in range(3):
        chat.breaker.failed("timeout")
    now[0] = 20.0
    server.script = [r.Hang()]

    async def stop_and_go() -> str:
        async def read() -> str:
            return "".join([piece async for piece in chat.stream(ASKED, Spent())])

        probe = asyncio.create_task(read())
        await asyncio.to_thread(server.wait_for_requests, 1, 5.0)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        return await read()

    server.on_text = lambda _: r.Text("It is back.")
    assert asyncio.run(stop_and_go()) == "It is back."
    assert server.wait_for_disconnect(5.0)


@pytest.mark.figures
@pytest.mark.timeout(300)
def test_of_many_hangs_none_holds_a_visitor(
    shared_parts: Parts, server: OpenAIServer, figure: Figures, amount: Amounts
) -> None:
    hangs = amount(100, stress=1000)
    faults = (r.Hang(), r.HeadersThenHang(), r.StallAfter(1, pings=True), r.StallAfter(0))
    numbers = count()
    server.on_tool = server.on_text = lambda _: faults[next(numbers) % len(faults)]
    limits = Deadlines(connect_s=1.0, first_content_s=1.0, gap_s=1.0, whole_s=2.5)

    async def one(gate: asyncio.Semaphore) -> bool:
        chat = ChatModel("stand-in", api_key="any", base_url=server.base_url, deadlines=limits)
        async with gate, asyncio.timeout(20.0):
            turn = await work(advisor_with(shared_parts, chat), PROJECT, Past())
        return turn.degraded and turn.recommendation is not None

    async def all_of_them() -> list[bool]:
        gate = asyncio.Semaphore(25)
        return await asyncio.gather(*(one(gate) for _ in range(hangs)))

    answered = asyncio.run(all_of_them())
    figure("model: turns held by a model that hangs", answered.count(False), of=hangs, aim="0")
    assert all(answered)


@pytest.mark.figures
def test_a_megabyte_of_answer_costs_no_memory(
    ask_model: AskModel, server: OpenAIServer, figure: Figures
) -> None:
    ask_model(PROS)
    server.on_text = lambda _: r.HugeAnswer(size_bytes=1_048_576)
    ask_model(PROS)
    before = resident_mib()
    for _ in range(5):
        turn = ask_model(PROS)
        assert turn.trace["model_failures"] == ["length"]
    grown = resident_mib() - before
    figure("model: memory grown by answers of 1 MiB, MiB", round(grown, 1), of=5, aim="≤ 5")
    assert grown <= 5
    assert sum(len(one.text) for one in turn.sentences) < 4000


def resident_mib() -> float:
    """Memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def test_a_turns_time_for_the_model_is_shared_by_all_its_calls(
    shared_parts: Parts, server: OpenAIServer
) -> None:
    chat = ChatModel(
        "stand-in", api_key="any", base_url=server.base_url,
        deadlines=Deadlines(first_content_s=1.0, gap_s=1.0, whole_s=1.5),
    )  # fmt: skip
    server.on_tool = lambda _: r.SlowHeaders(0.9, r.ToolCall())
    server.on_text = lambda _: r.Trickle(0.3)
    begun = time.monotonic()
    turn = asyncio.run(work(advisor_with(shared_parts, chat), UNCLEAR, Past()))
    assert time.monotonic() - begun < 1.5 + 1.5
    assert turn.usage.llm_calls == 2
    assert turn.trace["model_failures"] == ["timeout"]


def test_a_prompt_that_is_too_long_is_asked_again_shorter(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    def limited(request: ChatRequest) -> r.Reply:
        return honest(request) if len(request.text) < 2600 else r.ContextTooLong()

    server.on_text = limited
    turn = ask_model(PROS + " And tell me more of it." * 50)
    assert not turn.degraded
    assert len(server.requests) == 2
    first, second = (len(request.text) for request in server.requests)
    assert second < first


def test_a_form_that_is_too_long_is_asked_again_shorter(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    server.script = [r.ContextTooLong(), r.ToolCall()]
    turn = ask_model("We want to build a demo for our investors. " + "It shall be blue. " * 150)
    forms = [request for request in server.requests if request.forced_tool]
    assert len(forms) == 2
    assert len(forms[1].text) < len(forms[0].text) / 1.5
    assert "tool_args_invalid" not in turn.trace.get("model_failures", [])


def test_a_stream_that_ends_without_saying_why_is_taken_for_broken(
    ask_model: AskModel, server: OpenAIServer
) -> None:
    event = orjson.dumps({"choices": [{"index": 0, "delta": {"content": f"{GOOD} And"}}]})
    body = b"data: " + event + b"\n\n"
    server.script = [r.Status(200, body=body, content_type="text/event-stream")]
    turn = ask_model(PROS)
    assert turn.trace["model_failures"] == ["connection"]
    assert turn.cut_short
