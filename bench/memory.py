"""Memory of `serve` after its start and after some turns, and what each import costs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from bench import processes
from bench.figures import Figure, Spread
from bench.load import Job
from bench.plan import Plan, Results

SETTLE_S = 1.0
PACKAGES = (
    "numpy", "pydantic_settings", "sqlalchemy.ext.asyncio", "aiosqlite", "alembic", "fastapi",
    "uvicorn", "limits", "bm25s", "tokenizers", "onnxruntime", "chromadb",
    "langchain_core.tools.structured", "openai", "langchain_openai",
)  # fmt: skip


def measure(plan: Plan, data_dir: Path) -> Results:
    """One server for each mode, and the minimal app."""
    with processes.floor(data_dir) as minimal:
        processes.send(Job(minimal.port, "json", 4, 60, limit=plan.memory_turns, path="/fixed"))
        bare = minimal.memory_mb()[0]
    with ExitStack() as stack:
        model = stack.enter_context(processes.stand_in(data_dir))
        with_model = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{model.url}/v1"}
        figures, found = [], {"FastAPI, fixed answer": bare}
        for mode, settings in (("embedded", {}), ("with a model", with_model)):
            with processes.advisor(data_dir, **settings) as server:
                time.sleep(SETTLE_S)
                start = server.memory_mb()
                job = Job(server.port, "advisor", 8, 60, limit=plan.memory_turns, seed=7)
                processes.send(job)
                after = server.memory_mb()
            others = (
                "LangChain's tutorial chain 240, Open WebUI 1,300" if mode == "embedded" else ""
            )
            for name, value, aim, other in (
                ("after its start", start[0], None, ""),
                (f"after {plan.memory_turns} turns", after[0], 250.0, others),
                (f"after {plan.memory_turns} turns, shared pages by share", after[1], None, ""),
            ):
                figures.append(
                    Figure(
                        "memory", f"`serve`, {mode}, {name}", "MB", Spread.of([value]),
                        Spread.of([bare]), "FastAPI, fixed answer", aim, others=other,
                    )
                )  # fmt: skip
            found[f"{mode}, after its start"] = start[0]
            found[f"{mode}, after {plan.memory_turns} turns"] = after[0]
    return Results(figures, [], {"resident_mb": found, "imports_mb": import_costs()})


def import_costs() -> dict[str, float]:
    """MB that each package adds when it is imported after those before it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_costs", *PACKAGES],
        cwd=processes.ROOT, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    costs: dict[str, float] = json.loads(done.stdout)
    return {name: round(mb, 1) for name, mb in costs.items()}
