"""The processes that are measured: started with nothing of the environment, stopped, read."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.load import Came, Job

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    "OPENAI_", "ADVISOR_", "DATABASE_URL", "CHROMA_", "REDIS_URL", "SLACK_", "HANDOFF_",
    "SMTP_", "OTEL_", "LANGCHAIN_", "LANGSMITH_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "http_proxy", "https_proxy", "all_proxy",
)  # fmt: skip
START_S = 60.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def environment(data_dir: Path, **given: str) -> dict[str, str]:
    """An environment with the repository's content, no limit on rates, and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {
        **kept,
        "ADVISOR_DATA_DIR": str(data_dir),
        "ADVISOR_CORPUS_DIR": str(ROOT / "corpus"),
        "ADVISOR_PROMPTS_DIR": str(ROOT / "prompts"),
        "ADVISOR_RATE_LIMIT": "10000000/minute",
        "ADVISOR_SITE_RATE_LIMIT": "10000000/minute",
        **given,
    }


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def on_cores(cores: set[int] | None) -> Iterator[None]:
    """Processes that are started within the block run on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass
class Process:
    """A server under measurement."""

    popen: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """Seconds of processor that it has used, all threads."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S

    def memory_mb(self) -> tuple[float, float]:
        """Resident set and proportional set size, in MB (10^6 bytes)."""
        text = Path(f"/proc/{self.popen.pid}/smaps_rollup").read_text()
        sizes = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
        return int(sizes["Rss"]) * 1024 / 1e6, int(sizes["Pss"]) * 1024 / 1e6

    def pin(self, cores: set[int]) -> None:
        """Let all its threads run on these cores alone."""
        for task in Path(f"/proc/{self.popen.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)


def wait_until(url: str, sign: bytes, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an address answers with a body that holds `sign`."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if sign in answer.read():
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a process did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.02)


@contextmanager
def running(
    module: str,
    arguments: Sequence[str],
    env: dict[str, str],
    *,
    ready: str,
    sign: bytes = b"",
) -> Iterator[Process]:
    """Run `python -m module … --port N` until the block ends; it is ready when it says so."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".log") as out:
        popen = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--port", str(port)],
            env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
        )  # fmt: skip
        process = Process(popen, port)
        try:
            wait_until(f"{process.url}{ready}", sign, popen, Path(out.name))
            yield process
        finally:
            popen.terminate()
            try:
                popen.wait(30)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait(10)


@contextmanager
def advisor(data_dir: Path, **settings: str) -> Iterator[Process]:
    """The real server, its index attached."""
    env = environment(data_dir, **settings)
    vectors = b'"vectors":"ok"'
    with running("hiring_advisor", ["serve"], env, ready="/readyz", sign=vectors) as process:
        yield process


@contextmanager
def floor(data_dir: Path, *arguments: str) -> Iterator[Process]:
    """The minimal app of `bench.floor`."""
    with running("bench.floor", arguments, environment(data_dir), ready="/healthz") as process:
        yield process


@contextmanager
def stand_in(data_dir: Path, cores: set[int] | None = None) -> Iterator[Process]:
    """The stand-in model of `bench.stand_in`."""
    with (
        on_cores(cores),
        running("bench.stand_in", [], environment(data_dir), ready="/healthz") as process,
    ):
        yield process


def post(url: str, value: Any = None, token: str = "") -> Any:
    """Post JSON and return the answer's."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    body = b"" if value is None else json.dumps(value).encode()
    request = urllib.request.Request(url, body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def send(job: Job, cores: set[int] | None = None) -> Came:
    """Run a job in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out, on_cores(cores):
        subprocess.run(
            [sys.executable, "-m", "bench.load", out.name],
            input=json.dumps(asdict(job)).encode(), cwd=ROOT, check=True,
            timeout=job.seconds + 90,
        )  # fmt: skip
        return Came(**json.loads(Path(out.name).read_bytes()))


def build_index(data_dir: Path) -> None:
    """Build the index that all servers are started with."""
    subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "ingest"],
        env=environment(data_dir), cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
