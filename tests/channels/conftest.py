"""Clients of running servers, and the article that their answers stand on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.channels.client import Client
from tests.channels.schemas import Article
from tests.conftest import CORPUS, Server, start_server
from tests.stand_ins.openai_server import OpenAIServer

ORIGIN = "https://www.example.com"


@pytest.fixture(scope="session")
def client(live_server: Server) -> Client:
    """A client of the server in embedded mode."""
    return Client(live_server.url)


@pytest.fixture(scope="session")
def article(client: Client) -> Article:
    """The source as it was given to us, and the page that citations lead to."""
    (source,) = CORPUS.glob("source/*.txt")
    page = client.call("GET", "/article")
    return Article(source.read_text(encoding="utf-8"), page.body.decode("utf-8"))


@dataclass
class Modelled:
    """A server in model mode, with the stand-in that it talks to."""

    client: Client
    model: OpenAIServer


@pytest.fixture(scope="session")
def _modelled(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modelled]:
    folder = tmp_path_factory.mktemp("modelled")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    with OpenAIServer() as model:
        server = start_server(
            folder,
            OPENAI_API_KEY="k",
            OPENAI_BASE_URL=model.base_url,
            ADVISOR_ALLOWED_ORIGINS=ORIGIN,
        )
        try:
            yield Modelled(Client(server.url), model)
        finally:
            assert server.stop() == 0


@pytest.fixture
def modelled(_modelled: Modelled) -> Modelled:
    """The server in model mode, its stand-in honest again and without a memory."""
    _modelled.model.reset()
    return _modelled
