"""What each layer between us and a language model costs: CPU for one streamed 64-token answer.

python bench/model_client.py [--answers 300] [--at-once 8]

The stand-in runs in a process of its own; counted is the CPU time of this one. The floor is the
same exchange over a bare socket, measured in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TOKENS = 64
WORDS = [" token"] * TOKENS
BODY = {
    "model": "stand-in",
    "messages": [{"role": "user", "content": "Freelancers or full-time?"}],
    "stream": True,
}
Ask = Callable[[], Awaitable[int]]


def serve(pipe: Connection) -> None:
    """Run the stand-in until the parent closes the pipe."""
    from tests.stand_ins.openai_replies import Text
    from tests.stand_ins.openai_server import OpenAIServer

    with OpenAIServer() as server:
        server.on_text = lambda _: Text(WORDS)
        pipe.send(server.base_url)
        with contextlib.suppress(EOFError):
            pipe.recv()


def bare_socket(url: str) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    """One request on a kept connection, the events counted and not read."""
    host, port = url.split("/")[2].split(":")
    payload = orjson.dumps(BODY)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer any\r\n"
        f"content-type: application/json\r\ncontent-length: {len(payload)}\r\n\r\n"
    )
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask() -> int:
        reader, writer = idle.pop() if idle else await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + payload)
        count = 0
        while True:
            data = await reader.read(65536)
            count += data.count(b'"content": " token"')
            if data.endswith(b"0\r\n\r\n"):
                break
        idle.append((reader, writer))
        return count

    async def close() -> None:
        for _, writer in idle:
            writer.close()

    return ask, close


def with_httpx(url: str) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    """The HTTP client that the openai client stands on; lines read with orjson."""
    import httpx2

    client = httpx2.AsyncClient(headers={"authorization": "Bearer any"})

    async def ask() -> int:
        count = 0
        async with client.stream("POST", f"{url}/chat/completions", json=BODY) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    choices = orjson.loads(line[6:])["choices"]
                    count += bool(choices and choices[0]["delta"].get("content"))
        return count

    return ask, client.aclose


def with_openai(url: str) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    """The official client as its documentation has it."""
    import openai

    client = openai.AsyncOpenAI(api_key="any", base_url=url, max_retries=0)
    body: Any = BODY

    async def ask() -> int:
        count = 0
        async for chunk in await client.chat.completions.create(**body):
            count += bool(chunk.choices and chunk.choices[0].delta.content)
        return count

    return ask, client.close


def with_langchain(url: str) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    """LangChain's chat model over the official client."""
    import openai
    from langchain_openai import ChatOpenAI

    client = openai.DefaultAsyncHttpxClient()
    key: Any = "any"
    model = ChatOpenAI(
        model="stand-in", api_key=key, base_url=url, max_retries=0, http_async_client=client,
        stream_chunk_timeout=None,
    )  # fmt: skip

    async def ask() -> int:
        return sum([bool(chunk.text) async for chunk in model.astream("Freelancers?")])

    return ask, client.aclose


def with_ours(url: str) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    """The advisor's chat model: deadlines, breaker, retries and all."""
    from hiring_advisor.understanding.chat import Asked, ChatModel, Spent

    model = ChatModel("stand-in", api_key="any", base_url=url)

    async def ask() -> int:
        pieces: AsyncIterator[str] = model.stream(Asked("Be brief.", "Freelancers?"), Spent())
        return sum([piece.count(" token") async for piece in pieces])

    async def close() -> None:
        """Its connections close with the loop."""

    return ask, close


LAYERS = {
    "a bare socket (floor)": bare_socket,
    "httpx and orjson": with_httpx,
    "the advisor's ChatModel": with_ours,
    "the openai client": with_openai,
    "LangChain's ChatOpenAI": with_langchain,
}


async def measure(ask: Ask, answers: int, at_once: int) -> float:
    """Milliseconds of CPU for an answer, after a warm-up."""

    async def some(count: int) -> None:
        for _ in range(count):
            if await ask() != TOKENS:
                raise RuntimeError("tokens were lost")

    await asyncio.gather(*(some(3) for _ in range(at_once)))
    begun = time.process_time()
    await asyncio.gather(*(some(answers // at_once) for _ in range(at_once)))
    return 1000 * (time.process_time() - begun) / (answers // at_once * at_once)


def main() -> None:
    """Print a row for each layer: CPU per answer, ratio to the floor, time of its import."""
    from bench.spawned import beside

    options = argparse.ArgumentParser()
    options.add_argument("--answers", type=int, default=300)
    options.add_argument("--at-once", type=int, default=8)
    given = options.parse_args()
    floor = 0.0
    print(f"{'layer':26} {'CPU ms/answer':>13} {'x floor':>8} {'first use s':>12}")
    with beside(serve) as (url, _):
        for name, build in LAYERS.items():

            async def run(build: Any = build) -> tuple[float, float]:
                begun = time.perf_counter()
                ask, close = build(url)
                await ask()
                first = time.perf_counter() - begun
                try:
                    return await measure(ask, given.answers, given.at_once), first
                finally:
                    await close()

            cost, first = asyncio.run(run())
            floor = floor or cost
            print(f"{name:26} {cost:13.2f} {cost / floor:8.1f} {first:12.2f}")


if __name__ == "__main__":
    main()
