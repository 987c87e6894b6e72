"""What several tests of the evals need: a stand-in model's server, and a browser for the report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.browser.conftest import chromium
from tests.stand_ins.openai_server import OpenAIServer

__all__ = ["chromium", "server"]


@pytest.fixture(scope="session")
def _server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def server(_server: OpenAIServer) -> OpenAIServer:
    """A stand-in model that is honest until a test says otherwise."""
    _server.reset()
    return _server
