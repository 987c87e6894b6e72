"""A turn as a stream of server-sent events: numbered, kept alive, always ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from hiring_advisor.answering.turn import Event
from hiring_advisor.turns.live import LiveTurn

KEEP_ALIVE_S = 15.0
RETRY_MS = 2000
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class EventStream(StreamingResponse):
    """`text/event-stream` that proxies neither keep nor hold back."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        super().__init__(content, headers=_HEADERS)


def frame(turn_id: str, number: int, event: Event) -> bytes:
    """One event on the wire; its id tells where a dropped line goes on."""
    return format_sse_event(
        event=event.name, data_str=orjson.dumps(event.data).decode(), id=f"{turn_id}:{number}"
    )


def last_number(turn_id: str, last_event_id: str | None) -> int:
    """The number of the last event that a client has seen; 0 where it is not of this turn."""
    owner, _, number = (last_event_id or "").rpartition(":")
    return int(number) if owner == turn_id and number.isdecimal() and len(number) < 7 else 0


async def of_live(live: LiveTurn, after: int = 0) -> AsyncIterator[bytes]:
    """The stream of a turn that is worked on or was just finished."""
    turn_id = live.head.turn_id
    yield format_sse_event(comment="stream", retry=RETRY_MS)
    place = after
    while True:
        try:
            async with asyncio.timeout(KEEP_ALIVE_S):
                news = await live.news(place)
        except TimeoutError:
            yield format_sse_event(comment="still here")
            continue
        if not news:
            return
        # What came together goes out together: each piece is a system call of its own.
        yield b"".join(
            frame(turn_id, number, event) for number, event in enumerate(news, start=place + 1)
        )
        place += len(news)


async def of_stored(turn: dict[str, Any], after: int = 0) -> AsyncIterator[bytes]:
    """The stream of a finished turn: replayed from its record, or only its end for one who
    has seen a part already (the end holds the whole turn).
    """
    yield format_sse_event(comment="stream", retry=RETRY_MS)
    events = list(_events(turn))
    first = 0 if after == 0 else len(events) - 1
    for number, event in enumerate(events, start=1):
        if number > first:
            yield frame(str(turn["turn_id"]), max(number, after + 1), event)


def _events(turn: dict[str, Any]) -> list[Event]:
    events = [Event("turn.started", {"turn_id": turn["turn_id"], "message_id": turn["message_id"]})]
    if turn.get("citations"):
        events.append(Event("citations", turn["citations"]))
    if turn.get("recommendation"):
        events.append(Event("recommendation", turn["recommendation"]))
    events += [Event("answer.sentence", sentence) for sentence in turn.get("sentences", ())]
    if turn.get("next_question"):
        events.append(Event("question", turn["next_question"]))
    events.append(Event("turn.completed", turn))
    return events
