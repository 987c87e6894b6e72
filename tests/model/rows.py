"""Turns against many faults at once: each with a model, a breaker and a budget of its own."""

from __future__ import annotations

import asyncio
import copy
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

from tests.conftest import PROMPTS
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Advisor, Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.answering.worded import ModelWriter
from hiring_advisor.bootstrap import Parts
from hiring_advisor.prompting import load
from hiring_advisor.understanding.chat import ChatModel
from hiring_advisor.understanding.model import ModelReader

from .conftest import work
from .honest import GOOD, PROJECT, PROS, UNCLEAR, honest

MESSAGES = (PROJECT, UNCLEAR, PROS, "Our core product needs an AI engine that runs for years.")
EACH = 20
AT_ONCE = 6
Make = Callable[[ChatRequest], r.Reply]


def _form(_: ChatRequest) -> r.Reply:
    return r.ToolCall()


@dataclass(frozen=True)
class Row:
    """A fault: what answers texts and forms, and what has to come of it."""

    text: Make
    form: Make = _form
    within_s: float = 1.0
    """The longest that a turn may take."""
    reason: str = ""
    """The failure on record where the text fails; empty: nothing fails."""
    calls: int = 1
    """Calls of the text."""
    cut_short: bool = False
    first_only: bool = False
    """The fault comes once for each turn; the next call is answered."""
    slow: bool = False


def always(reply: r.Reply, **more: object) -> Row:
    """The reply stands for texts and forms alike."""
    return Row(lambda _: reply, lambda _: reply, **more)  # type: ignore[arg-type]


def once(reply: r.Reply, **more: object) -> Row:
    """The first text of each turn gets the reply, the second one an answer."""
    return Row(lambda _: reply, calls=2, first_only=True, **more)  # type: ignore[arg-type]


def shown(rest: str = "That makes it easier for star") -> r.Text:
    """A sentence that is whole and one that is not, an event each."""
    return r.Text([f"{GOOD} ", rest])


def broken(fault: r.Reply, reason: str, **more: object) -> Row:
    """The text breaks after its first sentence."""
    return Row(lambda _: fault, reason=reason, cut_short=True, **more)  # type: ignore[arg-type]


def _dated(_: ChatRequest) -> r.Reply:
    return r.Status(429, retry_after=formatdate(time.time() + 1.9, usegmt=True))


def tool(reply: r.Reply) -> Row:
    """The form comes back like this; the text is honest."""
    return Row(honest, lambda _: reply, within_s=2.0)


BOGUS = {"stage": {"value": 7, "quote": ["x"]}, "budget": "tight", "verdict": "freelancers"}

ROWS: dict[str, Row] = {
    "401": always(r.Status(401), reason="status_401"),
    "403": always(r.Status(403), reason="status_403"),
    "404": always(r.Status(404), reason="status_404"),
    "400": always(r.Status(400), reason="status_400"),
    "429, a moment": once(r.Status(429, retry_after=1), within_s=3.0),
    "429, a date soon": Row(_dated, calls=2, first_only=True, within_s=4.0),
    "429 for two minutes": always(r.Status(429, retry_after=120), reason="status_429"),
    "429, no word when": always(r.Status(429), reason="status_429"),
    "quota used up": always(r.Status(429, error_code="insufficient_quota"), reason="quota"),
    **{
        f"{code}{name}": row
        for code in (500, 502, 503, 529)
        for name, row in (
            (" once", once(r.Status(code), within_s=10.0)),
            (
                "",
                always(r.Status(code), calls=2, within_s=10.0, reason=f"status_{code}"),
            ),
        )
    },
    "dropped": always(r.Drop(), calls=2, within_s=3.5, reason="connection"),
    "reset": always(r.Drop(reset=True), calls=2, within_s=3.5, reason="connection"),
    "dropped once": once(r.Drop(), within_s=3.5),
    "headers never come": always(r.Hang(), within_s=8.5, reason="timeout", slow=True),
    "headers, then nothing": always(r.HeadersThenHang(), within_s=8.5, reason="timeout", slow=True),
    "stalls": broken(r.StallAfter(2, answer=shown()), "timeout", within_s=10.5, slow=True),
    "stalls with pings": broken(
        r.StallAfter(2, pings=True, ping_interval_s=1.0, answer=shown()),
        "timeout", within_s=10.5, slow=True,
    ),
    "cut off": broken(r.CutAfter(2, answer=shown()), "connection"),
    "cut off hard": broken(r.CutAfter(2, reset=True, answer=shown()), "connection"),
    "an error in the stream": broken(r.ErrorMidStream(2, answer=shown()), "provider"),
    "broken events later": broken(r.MalformedSSE(2, answer=shown()), "malformed"),
    "no [DONE]": Row(lambda q: r.NoDone(shown(""))),
    "trailing garbage": Row(lambda q: r.TrailingGarbage(answer=shown(""))),
    "in fragments": Row(lambda q: r.Fragmented(3, shown(""))),
    "wrong content type": Row(lambda q: r.WrongContentType(answer=shown(""))),
    "broken events": always(r.MalformedSSE(0), calls=2, reason="malformed"),
    "broken events once": once(r.MalformedSSE(0)),
    "a web page": always(r.HtmlPage(200), calls=2, reason="malformed"),
    "a web page once": once(r.HtmlPage(200)),
    "broken JSON": always(r.InvalidJSONBody(), calls=2, reason="malformed"),
    "empty": always(r.EmptyContent(), calls=2, reason="empty"),
    "empty once": once(r.EmptyContent()),
    "white space": always(r.WhitespaceContent(), calls=2, reason="empty"),
    "only reasoning": always(r.ReasoningOnly(), calls=2, reason="empty"),
    "cut at the limit": broken(
        r.LengthCut([f"{GOOD} ", "They know the sys"]), "length"
    ),
    "filtered": Row(lambda q: r.ContentFilter(), reason="content_filter"),
    "refuses": Row(lambda q: r.Refusal(), reason="refusal"),
    "context too long": always(r.ContextTooLong(), calls=2, reason="context_too_long"),
    "context too long once": once(r.ContextTooLong()),
    "a form of broken JSON": tool(r.ToolCall(arguments='{"stage": ')),
    "a form of another tool": tool(r.UnknownTool()),
    "a form of wrong types": tool(r.ToolCall(arguments=BOGUS)),
    "two forms": tool(r.TwoTools(BOGUS, {})),
    "no form": tool(r.Text("I would rather talk.")),
    "trickles": Row(
        lambda q: r.Trickle(2.0), within_s=30.0, reason="timeout", slow=True
    ),
    "a megabyte": Row(lambda q: r.HugeAnswer(), reason="length", within_s=3.0),
    "no usage": Row(lambda q: r.UsageMissing(GOOD)),
    "a usage that lies": Row(lambda q: r.UsageLying(GOOD)),
}  # fmt: skip


def answers(server: OpenAIServer) -> None:
    """Have the stand-in play each request by its model's name, `row#number`."""
    seen: Counter[str] = Counter()

    def text(request: ChatRequest) -> r.Reply:
        row = ROWS[request.model.partition("#")[0]]
        seen[request.model] += 1
        if row.first_only and seen[request.model] > 1:
            return honest(request)
        return row.text(request)

    server.on_text = text
    server.on_tool = lambda request: ROWS[request.model.partition("#")[0]].form(request)


def advisor_with(parts: Parts, chat: ChatModel) -> Advisor:
    """The advisor of `parts` with another model; all else is shared."""
    real = parts.advisor
    composer, extractor = copy.copy(real.composer), copy.copy(real.extractor)
    composer._model = ModelWriter(chat, load(PROMPTS, "answer"), parts.embedder)
    extractor._model = ModelReader(
        chat, load(PROMPTS, "understand"), parts.tool.tool, parts.rubric, parts.local
    )
    return Advisor(real.retriever, extractor, real.tool, composer)


@dataclass
class Played:
    """What came of the turns of one row."""

    turns: list[Turn] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


async def play(
    parts: Parts, names: Mapping[str, str], each: int = EACH, at_once: int = AT_ONCE
) -> dict[str, Played]:
    """Work on `each` turns for each row; `names` are rows and the address that each asks.

    Turns that wait long wait together; the others go a few at a time, so that the waiting of one
    turn is never the work of another.
    """
    played = {name: Played() for name in names}
    gate, start = asyncio.Semaphore(at_once), asyncio.Lock()
    endpoints: dict[str, ChatModel] = {}

    async def one(name: str, number: int) -> None:
        chat = ChatModel(f"{name}#{number}", api_key="any", base_url=names[name])
        first = endpoints.setdefault(names[name], chat)
        chat._endpoint = first._endpoint
        advisor = advisor_with(parts, chat)
        row = ROWS.get(name)
        if row is not None and row.slow:
            async with start:
                await asyncio.sleep(0.02)
            await timed(name, advisor, number)
        else:
            async with gate:
                await timed(name, advisor, number)

    async def timed(name: str, advisor: Advisor, number: int) -> None:
        begun = time.monotonic()
        turn = await work(advisor, MESSAGES[number % len(MESSAGES)], Past())
        played[name].seconds.append(time.monotonic() - begun)
        played[name].turns.append(turn)

    await asyncio.gather(*(one(name, number) for name in names for number in range(each)))
    return played


@contextmanager
def nobody_picks_up() -> Iterator[str]:
    """An address whose queue of connections is full: one more gets no answer of any kind."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            for caller in callers:
                caller.close()
