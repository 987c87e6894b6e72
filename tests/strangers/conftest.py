"""Servers for strangers: one as it comes, one with limits, keys, origins and secrets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.channels.client import Client
from tests.conftest import Server, start_server

ORIGINS = ("https://www.example.com", "https://shop.example.org:8443")
API_KEYS = ("operator-key-one-zq81", "operator-key-two-zq82")


@pytest.fixture(scope="session")
def client(live_server: Server) -> Client:
    """A client of the server as it comes."""
    return Client(live_server.url)


@pytest.fixture(scope="session")
def strict_server(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes five messages a minute, has API keys and two sites that may embed it."""
    folder = tmp_path_factory.mktemp("strict")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    server = start_server(
        folder,
        ADVISOR_RATE_LIMIT="5/minute",
        ADVISOR_ALLOWED_ORIGINS=", ".join(ORIGINS),
        ADVISOR_API_KEYS=",".join(API_KEYS),
        SLACK_SIGNING_SECRET="zq81vulturesigning",
        HANDOFF_WEBHOOK_SECRET="zq81vulturewebhook",
        SMTP_URL="smtp://zq81user:zq81vulturesmtp@127.0.0.1:2525",
    )
    try:
        yield server
    finally:
        assert server.stop() == 0
