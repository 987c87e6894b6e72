"""Visitors, in a process of their own: a job as JSON on stdin, what came as JSON in a file."""

from __future__ import annotations

import asyncio
import sys
import time
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bench.messages import conversations
from bench.wire import Connection


@dataclass(frozen=True)
class Job:
    """What to send.

    `kind`: `advisor` (conversations), `advisor-stream` (the same as events), `json` or `stream`
    (one path of a floor). `seconds` bounds the sending, `limit` the number of turns (0: none).
    Visitors come one by one within the first half of `settle_s`; turns/s are counted after it.
    """

    port: int
    kind: str
    visitors: int
    seconds: float
    mix: str = "mixed"
    seed: int = 1
    limit: int = 0
    path: str = ""
    settle_s: float = 0.0
    vary: bool = True


@dataclass
class Came:
    """What came: times in seconds, `time.monotonic` for those that are points in time."""

    turns: int = 0
    failed: int = 0
    per_s: float = 0.0
    """Turns a second, those that ended between settling and the last sending."""
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    latencies: list[float] = field(default_factory=list)
    heard: list[tuple[float, str, list[tuple[float, str]]]] = field(default_factory=list)
    """When a message was sent, the message, and its cited sentences with when each came.

    Of a floor: when its first marker came, with no words.
    """
    kinds: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    prompt_tokens: int = 0
    degraded: int = 0
    bytes: int = 0
    sums: list[int] = field(default_factory=list)
    """A checksum of each text that was sent."""


class Visitor:
    """Sends messages, each as soon as the one before is answered."""

    def __init__(self, job: Job, number: int, came: Came, begun: float) -> None:
        self._job = job
        self._came = came
        self._until = begun + job.seconds
        self._counted_from = begun + job.settle_s
        self._sent = 0
        self._number = number
        seed = job.seed * 1000 + number
        self._talks = conversations(job.mix, seed, vary=job.vary)

    def _is_over(self) -> bool:
        if not self._sent:  # each visitor says something, however busy the machine
            return False
        job = self._job
        sent = self._came.turns + self._came.failed
        return time.monotonic() > self._until or bool(job.limit and sent >= job.limit)

    async def visit(self) -> None:
        """Talk until the time is over."""
        await asyncio.sleep(0.5 * self._job.settle_s * self._number / self._job.visitors)
        line = await Connection.open(self._job.port)
        try:
            while not self._is_over():
                talk = next(self._talks)
                path, token = self._job.path, ""
                if self._job.kind.startswith("advisor"):
                    status, body = await line.post("/v1/conversations")
                    if status != 201:
                        raise ConnectionError(f"a conversation was refused with {status}")
                    begun = orjson.loads(body)
                    path = f"/v1/conversations/{begun['conversation_id']}/messages"
                    token = begun["token"]
                for text in talk:
                    if self._is_over():
                        break
                    await self._send(line, path, token, text)
        finally:
            line.close()

    async def _send(self, line: Connection, path: str, token: str, text: str) -> None:
        self._sent += 1
        is_advisor = self._job.kind.startswith("advisor")
        stream = Stream(is_advisor) if self._job.kind.endswith("stream") else None
        came = self._came
        if stream is not None and not is_advisor:
            text = f"Message {came.turns} of visitor {self._number}"  # comes back in the answer
        begun = time.monotonic()
        body_in: dict[str, Any] = {"text": text}
        if path.endswith("/chat/completions"):  # the bare model
            body_in = {"stream": True, "messages": [{"role": "user", "content": text}]}
        listen = None if stream is None else stream.take
        status, body = await line.post(path, body_in, token, listen)
        if status != 200:
            came.failed += 1
            return
        now = time.monotonic()
        came.turns += 1
        came.latencies.append(now - begun)
        came.per_s += self._counted_from <= now <= self._until
        if stream is not None:
            body = bytes(stream.data)
        came.bytes += len(body)
        came.sums.append(zlib.crc32(text.encode()))
        if not is_advisor:
            if stream is not None:
                came.heard.append((begun, text, stream.sentences))
            return
        turn = orjson.loads(stream.last() if stream is not None else body)
        if stream is not None and stream.sentences:
            came.heard.append((begun, text, stream.sentences))
        came.kinds[turn["kind"]] = came.kinds.get(turn["kind"], 0) + 1
        came.degraded += turn["degraded"]
        came.calls += turn["usage"]["llm_calls"]
        came.prompt_tokens += turn["usage"]["prompt_tokens"]


class Stream:
    """The events of one answer as they come."""

    def __init__(self, is_advisor: bool) -> None:
        self._is_advisor = is_advisor
        self.data = bytearray()
        self.sentences: list[tuple[float, str]] = []
        self._seen = 0

    def take(self, data: bytes, now: float) -> None:
        """Keep a piece, and note each sentence that cites a source."""
        self.data += data
        if not self._is_advisor:
            if not self.sentences and b"[1]" in self.data:
                self.sentences.append((now, ""))
            return
        while (end := self.data.find(b"\n\n", self._seen)) >= 0:
            event = bytes(self.data[self._seen : end])
            self._seen = end + 2
            if b"event: answer.sentence" in event:
                told = orjson.loads(event[event.index(b"data:") + 5 :].split(b"\n")[0])
                if told["citations"]:
                    self.sentences.append((now, told["text"]))

    def last(self) -> bytes:
        """The data of the last event."""
        return bytes(self.data[self.data.rindex(b"data:") + 5 :]).split(b"\n")[0]


async def run(job: Job) -> Came:
    """Let all visitors talk."""
    came = Came()
    begun, cpu = time.monotonic(), time.process_time()
    visitors = [Visitor(job, number, came, begun) for number in range(job.visitors)]
    async with asyncio.timeout(job.seconds + 60):
        await asyncio.gather(*(one.visit() for one in visitors))
    came.elapsed_s = time.monotonic() - begun
    counted = came.per_s / (job.seconds - job.settle_s)
    # Where none ended in time, all of them and all the time that they took.
    came.per_s = counted or came.turns / came.elapsed_s
    came.cpu_s = time.process_time() - cpu
    return came


def main() -> None:
    """Read a job, run it, write what came to the file that the argument names."""
    given: dict[str, Any] = orjson.loads(sys.stdin.buffer.read())
    if sys.platform == "win32":
        came = asyncio.run(run(Job(**given)))
    else:
        import uvloop

        came = uvloop.run(run(Job(**given)))
    Path(sys.argv[1]).write_bytes(orjson.dumps(asdict(came)))


if __name__ == "__main__":
    main()
