"""Fixtures for all tests: a scrubbed environment, the real parts, and a real server on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hiring_advisor.advisor import Past
from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn
from hiring_advisor.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
PROMPTS = ROOT / "prompts"
OURS = (
    "OPENAI_", "ADVISOR_", "DATABASE_URL", "CHROMA_", "REDIS_URL", "SLACK_", "HANDOFF_",
    "SMTP_", "OTEL_", "LANGCHAIN_", "LANGSMITH_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "http_proxy", "https_proxy", "all_proxy",
)  # fmt: skip


def clean_environment() -> dict[str, str]:
    """The environment without anything that the advisor would read."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a setting that it did not make."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def built_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a built index; copy it, or use it read-only."""
    folder = tmp_path_factory.mktemp("built")
    parts = Parts(make_settings(folder))
    assert parts.attach_index()
    return folder


def make_settings(data_dir: Path, **given: str) -> Settings:
    """Settings with the repository's content, reading neither environment nor `.env`."""
    values: dict[str, str] = {
        "ADVISOR_DATA_DIR": str(data_dir),
        "ADVISOR_CORPUS_DIR": str(CORPUS),
        "ADVISOR_PROMPTS_DIR": str(PROMPTS),
        **given,
    }
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


@pytest.fixture(scope="session")
def parts(built_data: Path) -> Parts:
    """The embedded advisor's parts, index attached; shared and not to be changed."""
    parts = Parts(make_settings(built_data))
    assert parts.attach_index()
    return parts


Ask = Callable[..., Turn]


@pytest.fixture(scope="session")
def ask(parts: Parts) -> Ask:
    """Ask the embedded advisor in process: `ask(text, past=None) -> Turn`."""

    def ask_one(text: str, past: Past | None = None) -> Turn:
        return one_turn(parts.advisor, text, past)

    return ask_one


@dataclass
class Server:
    """A running `hiring-advisor serve`, a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """Terminate it and return its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(data_dir: Path, **environment: str) -> Server:
    """Start the real server as a process and wait until it is ready, index and all."""
    port = free_port()
    log = data_dir / "server.log"
    wanted = {
        **clean_environment(),
        "ADVISOR_DATA_DIR": str(data_dir),
        "ADVISOR_CORPUS_DIR": str(CORPUS),
        "ADVISOR_PROMPTS_DIR": str(PROMPTS),
        "ADVISOR_RATE_LIMIT": "100000/minute",
        "ADVISOR_SITE_RATE_LIMIT": "100000/minute",
        **environment,
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hiring_advisor", "serve", "--port", str(port)],
            env=wanted, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=data_dir,
        )  # fmt: skip
    server = Server(process, port, data_dir, log, environment)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=2) as answer:
                if b'"vectors":"ok"' in answer.read():
                    return server
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def live_server(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real advisor in embedded mode over HTTP, shared by the tests of one worker."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    server = start_server(folder)
    try:
        yield server
    finally:
        assert server.stop() == 0
