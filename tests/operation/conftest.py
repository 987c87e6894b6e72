"""Servers as processes, with or without a model, and a collector of traces."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.channels.client import Client
from tests.conftest import Server, start_server
from tests.stand_ins.openai_server import OpenAIServer
from tests.storage.conftest import postgres_schema

Start = Callable[..., Server]


@pytest.fixture
def start(built_data: Path, tmp_path: Path) -> Iterator[Start]:
    """Start servers, `start("--workers", "2", ADVISOR_…="…")`, each on a data folder of its own;
    those that a test leaves are stopped.
    """
    started: list[Server] = []

    def start_one(*arguments: str, **environment: str) -> Server:
        folder = tmp_path / f"data-{len(started)}"
        shutil.copytree(built_data, folder)
        started.append(start_server(folder, *arguments, **environment))
        return started[-1]

    yield start_one
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """A stand-in for a language model."""
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def client_turn(live_server: Server) -> dict[str, Any]:
    """A finished turn, as a client gets it."""
    return Client(live_server.url).converse().say("What are the risks with freelancers?")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty schema of the PostgreSQL server."""
    with postgres_schema() as url:
        yield url
