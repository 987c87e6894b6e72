"""A fast stand-in for an OpenAI-compatible model, in a process of its own.

It streams 64 pieces that pass the sentence check, fills forms with nothing, and notes on
`time.monotonic`, which all processes share, when it had written the end of each sentence.
`POST /mode` sets the pace (`first_s`, `gap_s`, `count`), `POST /log` gives out the notes.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import Any, cast

import httptools
import orjson
import uvloop

from bench.answers import answer_to, empty_form, encoding, prompt_tokens, question_in


class Pace:
    """How fast it answers, and what was noted since the last `POST /log`."""

    def __init__(self) -> None:
        self.first_s = 0.0
        self.gap_s = 0.0
        self.count = False
        self.notes: list[dict[str, Any]] = []


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._path = ""
        self._body = bytearray()
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop talking."""
        self._transport = None
        if self._work is not None:
            self._work.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """A new request."""
        self._body = bytearray()
        self._path = ""

    def on_url(self, url: bytes) -> None:
        """Its path."""
        self._path += url.decode()

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer it."""
        body = orjson.loads(self._body) if self._body else {}
        if self._path.endswith("/chat/completions"):
            if body.get("stream"):
                self._work = asyncio.ensure_future(self._stream(body))
            else:
                self._work = asyncio.ensure_future(self._form(body))
        elif self._path == "/mode":
            self._pace.__dict__.update(body)
            self._whole({})
        elif self._path == "/log":
            notes, self._pace.notes = self._pace.notes, []
            self._whole(notes)
        else:
            self._whole({"status": "ok"})

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _whole(self, value: Any) -> None:
        data = orjson.dumps(value)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(data)}"
        self._write(f"{head}\r\n\r\n".encode() + data)

    def _usage(self, request: dict[str, Any], said: int) -> dict[str, int]:
        asked = prompt_tokens(request) if self._pace.count else 0
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}

    async def _form(self, request: dict[str, Any]) -> None:
        """Fill the form with nothing, after the time to the first token."""
        if self._pace.first_s:
            await asyncio.sleep(self._pace.first_s)
        name = request["tools"][0]["function"]["name"]
        function = {"name": name, "arguments": empty_form(request)}
        call = {"id": "call_1", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        self._pace.notes.append({"planned_s": self._pace.first_s})
        self._whole(
            {
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stand-in",
                "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
                "usage": self._usage(request, 20),
            }
        )  # fmt: skip

    async def _stream(self, request: dict[str, Any]) -> None:
        """Stream an answer piece by piece; a piece that is late is sent at once."""
        loop = asyncio.get_running_loop()
        pace = self._pace
        first_s, gap_s = pace.first_s, pace.gap_s
        prompt = str(request["messages"][-1]["content"])
        answer = answer_to(prompt)
        begun = loop.time()
        written: list[float] = []
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked"
        self._write(f"{head}\r\n\r\n".encode())
        for place, piece in enumerate(answer.pieces):
            due = begun + first_s + place * gap_s
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._write(
                _event({"content": piece} if place else {"role": "assistant", "content": piece})
            )
            written.append(time.monotonic())
        last = [_event({}, "stop")]
        if (request.get("stream_options") or {}).get("include_usage"):
            last.append(_event(None, usage=self._usage(request, len(answer.pieces))))
        self._write(b"".join(last) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        pace.notes.append(
            {
                "question": question_in(prompt),
                "planned_s": first_s + (len(answer.pieces) - 1) * gap_s,
                "sentences": [
                    [words, written[end], written[following]]
                    for words, end, following in answer.sentences
                ],
            }
        )


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(
    delta: dict[str, Any] | None, finish: str | None = None, usage: dict[str, int] | None = None
) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    value = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in",
        "choices": choices, "usage": usage,
    }  # fmt: skip
    return _chunk(b"data: " + orjson.dumps(value) + b"\n\n")


async def serve(port: int) -> None:
    """Answer until stopped."""
    encoding()
    pace = Pace()
    server = await asyncio.get_running_loop().create_server(lambda: Line(pace), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
