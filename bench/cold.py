"""Cold starts: from the start of a process to an answer, beside Python and its imports alone."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench import processes
from bench.figures import Figure, Spread
from bench.plan import Plan, Results

QUESTION = "What are the risks with freelancers?"
PROJECT = "We want a demo in ten days and the budget is tight. Whom should we hire?"
IMPORTS = "import fastapi, numpy, onnxruntime, chromadb"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| +(\S+)")


def measure(plan: Plan, data_dir: Path) -> Results:
    """Start everything `plan.starts` times, one after the other."""
    env = processes.environment(data_dir)
    taken: dict[str, list[float]] = defaultdict(list)
    _run(["-m", "hiring_advisor", "ask", QUESTION], env)  # files are in the page cache from here on
    for _ in range(plan.starts):
        taken["pass"].append(_run(["-c", "pass"], env))
        taken["imports"].append(_run(["-c", IMPORTS], env))
        taken["ask"].append(_run(["-m", "hiring_advisor", "ask", QUESTION], env))
        taken["ask project"].append(_run(["-m", "hiring_advisor", "ask", PROJECT], env))
        first, vectors = _serve(env)
        taken["serve"].append(first)
        taken["vectors"].append(vectors)
    spread = {name: Spread.of(values) for name, values in taken.items()}
    imports, name = spread["imports"], f"`{IMPORTS}`"
    figures = [
        Figure("cold", "`ask`, a question, to the answer", "s", spread["ask"], imports, name, 1.2),
        Figure(
            "cold", "`ask`, a project, to the verdict", "s", spread["ask project"], imports, name,
            1.2,
        ),
        Figure(
            "cold", "`serve`, to the first answered question", "s", spread["serve"], imports, name,
            1.5, others="LangChain's tutorial chain 1.9",
        ),
        Figure(
            "cold", "`serve`, until the vector index serves", "s", spread["vectors"],
            spread["pass"], "`python -c pass`",
        ),
    ]  # fmt: skip
    return Results(figures, [], {"imports_ms": import_times(env)})


def _run(arguments: Sequence[str], env: dict[str, str]) -> float:
    """Seconds that a Python process takes from start to end."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, *arguments], env=env, cwd=processes.ROOT, check=True,
        capture_output=True, timeout=60,
    )  # fmt: skip
    return time.monotonic() - begun


def _serve(env: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of `serve` to its first answer, and until its vectors serve."""
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    begun = time.monotonic()
    server = subprocess.Popen(
        [sys.executable, "-m", "hiring_advisor", "serve", "--port", str(port)],
        env=env, cwd=processes.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        new = None
        while new is None:
            if server.poll() is not None or time.monotonic() - begun > processes.START_S:
                raise RuntimeError("the server did not start")
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                new = processes.post(f"{url}/v1/conversations")
            time.sleep(0 if new else 0.005)
        address = f"{url}/v1/conversations/{new['conversation_id']}/messages"
        processes.post(address, {"text": QUESTION}, new["token"])
        first = time.monotonic() - begun
        while True:
            with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
                if b'"vectors":"ok"' in answer.read():
                    return first, time.monotonic() - begun
            time.sleep(0.01)
    finally:
        server.terminate()
        server.wait(30)


def import_times(env: dict[str, str]) -> dict[str, float]:
    """Milliseconds that the import of each package's own modules takes in `ask`, largest first."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "hiring_advisor", "ask", QUESTION],
        env=env, cwd=processes.ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    own: dict[str, float] = defaultdict(float)
    for line in done.stderr.splitlines():
        if match := _LINE.match(line):
            own[match[3].partition(".")[0]] += int(match[1]) / 1000
    ranked = sorted(own.items(), key=lambda item: -item[1])
    return {"all": round(sum(own.values()), 1), **{name: round(ms, 1) for name, ms in ranked[:12]}}
