"""Fixtures for all tests: a scrubbed environment, the real parts, and a real server on loopback."""

from __future__ import annotations

import json
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
from typing import Protocol

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--stress` runs the tests marked `figures` at their full size."""
    parser.addoption("--stress", action="store_true", help="full sizes, as `make stress` has them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `stress`, but under `--stress`."""
    if config.getoption("--stress"):
        return
    left_out = [item for item in items if item.get_closest_marker("stress")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


class Amounts(Protocol):
    """Chooses a size: `amount(3_000, stress=30_000)`."""

    def __call__(self, usual: int, *, stress: int) -> int:
        """The usual size, or the full one under `--stress`."""
        ...


@pytest.fixture(scope="session")
def amount(request: pytest.FixtureRequest) -> Amounts:
    """Sizes of tests that show a figure: a tenth or so in `make test`, all in `make stress`."""
    is_stress = bool(request.config.getoption("--stress"))

    def choose(usual: int, *, stress: int) -> int:
        return stress if is_stress else usual

    return choose


class Figures(Protocol):
    """Notes a figure: `figure("verdicts flipped", 0, of=3_000, aim="0")`."""

    def __call__(
        self, what: str, found: float | str, *, of: int | None = None, aim: str = ""
    ) -> None:
        """`what` was counted or measured, `found` of `of` tries, and what it should be."""
        ...


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figures:
    """Note what a test counted, for the table of `docs/hardening.md`; it proves nothing itself."""
    target = os.environ.get("FIGURES_FILE")

    def note(what: str, found: float | str, *, of: int | None = None, aim: str = "") -> None:
        row = {"what": what, "found": found, "of": of, "aim": aim, "test": request.node.nodeid}
        if target:
            with open(target, "a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    return note


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


def start_server(data_dir: Path, *arguments: str, **environment: str) -> Server:
    """Start the real server as a process and wait until it is ready, index and all."""
    return start_server_on(free_port(), data_dir, *arguments, **environment)


def start_server_on(port: int, data_dir: Path, *arguments: str, **environment: str) -> Server:
    """The same on a port that is known."""
    log = data_dir / "server.log"
    wanted = {
        **clean_environment(),
        "ADVISOR_DATA_DIR": str(data_dir),
        "ADVISOR_CORPUS_DIR": str(CORPUS),
        "ADVISOR_PROMPTS_DIR": str(PROMPTS),
        "ADVISOR_RATE_LIMIT": "100000/minute",
        "ADVISOR_SITE_RATE_LIMIT": "100000/minute",
        "ADVISOR_STOP_DELAY_S": "0",
        **environment,
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hiring_advisor", "serve", "--port", str(port), *arguments],
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
