"""Turns with a model: how many a second on one core, and what checking adds to a sentence's way.

python bench/model_turns.py [--turns 400]

The stand-in writes 64-token answers in a process of its own; the advisor works in this one, held to
one core. The added time of a turn is from the moment when the stand-in sent the last byte of the
first sentence to the moment when that sentence was checked and handed out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SENTENCES = (
    "Hiring freelancers reduces overhead expenses such as benefits and office space. [1]",
    "That makes it easier for startups to validate ideas. [1]",
    "Freelancers help startups with limited budgets to try an idea. [1]",
    "Overhead expenses such as HR management are reduced. [1]",
)
TOKENS = 64
PROS = "What are the pros of freelancers on cost?"


def pieces() -> list[str]:
    """An answer of 64 tokens, as far as words and markers are tokens."""
    text = " ".join(SENTENCES)
    found = re.findall(r"\s?\[|\d+|\]|\s?\w+|[^\w\s]", text)
    return found[:TOKENS]


def serve(pipe: Connection) -> None:
    """Run the stand-in; tell for each model name when its first sentence was out."""
    from tests.stand_ins.openai_answers import Text
    from tests.stand_ins.openai_requests import ApiRequest, ChatRequest
    from tests.stand_ins.openai_server import OpenAIServer
    from tests.stand_ins.openai_wire import EVENT_STREAM, Wire

    said = pieces()
    last = said.index("]")
    sent: dict[str, float] = {}

    @dataclass(frozen=True)
    class Timed(Text):
        async def play(self, wire: Wire, request: ApiRequest) -> None:
            if not isinstance(request, ChatRequest):
                return
            completion = self.completion(request)
            await wire.head(200, EVENT_STREAM)
            for event in completion.opening():
                await wire.event(event)
            due = time.monotonic() + self.delay_first_s
            for number, event in enumerate(completion.contents()):
                if self.delay_first_s:
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    due += self.delay_chunk_s
                await wire.event(event)
                if number == last:
                    sent[request.model] = time.monotonic()
            await self.finish(wire, completion)
            await wire.event("[DONE]")
            await wire.end()

    def reply(request: ChatRequest) -> Text:
        if request.model.startswith("paced"):
            return Timed(said, delay_first_s=0.2, delay_chunk_s=0.02)
        return Timed(said)

    with OpenAIServer() as server:
        server.on_text = reply
        pipe.send(server.base_url)
        with contextlib.suppress(EOFError):
            while pipe.recv():
                pipe.send(dict(sent))
                sent.clear()
                server.clear()


async def visits(parts: Any, url: str, name: str, turns: int, at_once: int) -> Any:
    """Work on turns, so many at once: the seconds, those of CPU, and when sentences came out."""
    from tests.model.rows import advisor_with

    from hiring_advisor.advisor import Past, TurnHead
    from hiring_advisor.understanding.chat import ChatModel
    from hiring_advisor.understanding.messages import Message

    first = ChatModel(name, api_key="any", base_url=url)
    numbers = iter(range(turns))
    shown: dict[str, float] = {}

    async def visitor() -> None:
        for number in numbers:
            chat = ChatModel(f"{name}#{number}", api_key="any", base_url=url)
            chat._endpoint = first._endpoint
            advisor = advisor_with(parts, chat)
            head = TurnHead(str(number), "bench", "2026-01-01T00:00:00.000+00:00")
            advice = advisor.advise(head, Message(f"m{number}", "visitor", PROS), Past())
            async for event in advice.events():
                if event.name == "answer.sentence":
                    shown.setdefault(chat.name, time.monotonic())
            if advice.turn().degraded or len(advice.turn().sentences) < 2:
                raise RuntimeError("the model's answer was not shown")

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(visitor() for _ in range(at_once)))
    return time.perf_counter() - begun, time.process_time() - cpu, shown


def main() -> None:
    """Print turns a second at 1, 16 and 64 visitors, and the added time."""
    from tests.conftest import make_settings

    from bench.spawned import beside
    from hiring_advisor.bootstrap import Parts

    options = argparse.ArgumentParser()
    options.add_argument("--turns", type=int, default=400)
    given = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    with beside(serve) as (url, ours), tempfile.TemporaryDirectory() as folder:
        parts = Parts(make_settings(Path(folder), OPENAI_API_KEY="any", OPENAI_BASE_URL=url))
        parts.attach_index()
        parts.warm()
        print(
            f"{'model':6} {'visitors':>8} {'turns/s':>8} {'CPU ms':>7} {'added ms p50':>13} "
            f"{'p95':>7}"
        )
        for name, at_once, turns in (
            ("fast", 1, given.turns // 2), ("fast", 16, given.turns), ("fast", 64, given.turns),
            ("paced", 1, 10), ("paced", 64, 3 * 64),
        ):  # fmt: skip
            asyncio.run(visits(parts, url, "warm", 2 * at_once, at_once))
            ours.send(True)
            ours.recv()
            seconds, cpu, shown = asyncio.run(visits(parts, url, name, turns, at_once))
            ours.send(True)
            sent = ours.recv()
            added = sorted(1000 * (shown[one] - sent[one]) for one in shown)
            print(
                f"{name:6} {at_once:8} {turns / seconds:8.1f} {1000 * cpu / turns:7.1f} "
                f"{added[len(added) // 2]:13.1f} {added[int(0.95 * len(added))]:7.1f}"
            )


if __name__ == "__main__":
    main()
