"""The advisor with a language model: the whole line in process, the model on a real socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import make_settings
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn
from hiring_advisor.understanding.breaker import Breaker
from hiring_advisor.understanding.chat import Deadlines

from .honest import honest

SHORT = Deadlines(connect_s=0.5, first_content_s=0.5, gap_s=0.4, whole_s=1.5)
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
def _parts(built_data: Path, _server: OpenAIServer) -> Parts:
    settings = make_settings(built_data, OPENAI_API_KEY="any", OPENAI_BASE_URL=_server.base_url)
    parts = Parts(settings)
    assert parts.attach_index()
    parts.chat.warm()
    return parts


@pytest.fixture
def model_parts(_parts: Parts) -> Parts:
    """Parts in the openai mode with usual deadlines; the breaker remembers nothing."""
    _parts.chat.breaker = Breaker()
    _parts.chat.deadlines = Deadlines()
    return _parts


@pytest.fixture
def ask_model(model_parts: Parts, server: OpenAIServer) -> AskModel:
    """Ask with a model: `ask_model(text, past=None) -> Turn`."""

    def ask_one(text: str, past: Past | None = None) -> Turn:
        return one_turn(model_parts.advisor, text, past)

    return ask_one


@pytest.fixture
def ask_in_time(model_parts: Parts, ask_model: AskModel) -> AskModel:
    """The same with short deadlines; an answer that takes longer than they allow fails."""
    model_parts.chat.deadlines = SHORT

    def ask_one(text: str, past: Past | None = None) -> Turn:
        begun = time.monotonic()
        turn = ask_model(text, past)
        # The form, its second try, the text, its second try, and the embedded answer.
        limit = 2 * (SHORT.connect_s + SHORT.first_content_s) + 2 * SHORT.whole_s
        assert time.monotonic() - begun < limit + 2.0
        return turn

    return ask_one
