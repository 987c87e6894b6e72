"""The advisor with a language model: the whole line in process, the model on a real socket."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import make_settings
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Advisor, Past, TurnHead
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.breaker import Breaker
from hiring_advisor.understanding.chat import Deadlines
from hiring_advisor.understanding.messages import Message

from .honest import honest

SHORT = Deadlines(connect_s=0.3, first_content_s=0.6, gap_s=0.25, whole_s=0.9)
"""Long enough for a busy machine, short enough to wait for."""

AskModel = Callable[..., Turn]


@pytest.fixture(scope="session")
def _server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def server(_server: OpenAIServer) -> OpenAIServer:
    """An honest stand-in: it words the passages it is given and fills no form."""
    _server.reset()
    _server.on_text = honest
    return _server


@pytest.fixture(scope="session")
def shared_parts(built_data: Path, _server: OpenAIServer) -> Parts:
    settings = make_settings(built_data, OPENAI_API_KEY="any", OPENAI_BASE_URL=_server.base_url)
    parts = Parts(settings)
    assert parts.attach_index()
    parts.chat.warm()
    return parts


@pytest.fixture
def model_parts(shared_parts: Parts) -> Parts:
    """Parts in the openai mode with usual deadlines; the breaker remembers nothing."""
    shared_parts.chat.breaker = Breaker()
    shared_parts.chat.deadlines = Deadlines()
    return shared_parts


@pytest.fixture(scope="session")
def _loop() -> Iterator[asyncio.Runner]:
    """One event loop for all turns, as a server has it; it closes its connections at the end."""
    with asyncio.Runner() as runner:
        yield runner


async def work(advisor: Advisor, text: str, past: Past) -> Turn:
    """Work on one message as a channel does."""
    head = TurnHead(uuid.uuid4().hex, "test", "2026-01-01T00:00:00.000+00:00")
    advice = advisor.advise(head, Message(str(uuid.uuid4()), "visitor", text), past)
    async for _ in advice.events():
        pass
    return advice.turn()


@pytest.fixture
def ask_model(model_parts: Parts, server: OpenAIServer, _loop: asyncio.Runner) -> AskModel:
    """Ask with a model: `ask_model(text, past=None) -> Turn`."""

    def ask_one(text: str, past: Past | None = None) -> Turn:
        return _loop.run(work(model_parts.advisor, text, past or Past()))

    return ask_one


@pytest.fixture
def ask_in_time(model_parts: Parts, ask_model: AskModel) -> AskModel:
    """The same with short deadlines; an answer that takes longer than they allow fails."""
    model_parts.chat.deadlines = SHORT

    def ask_one(text: str, past: Past | None = None) -> Turn:
        begun = time.monotonic()
        turn = ask_model(text, past)
        # All calls of a turn share its time; the rest is for the embedded answer.
        assert time.monotonic() - begun < SHORT.whole_s + 2.0
        return turn

    return ask_one
