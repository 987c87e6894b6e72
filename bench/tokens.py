"""Prompt tokens and model calls a turn, over the evals' questions and descriptions of projects."""

from __future__ import annotations

from pathlib import Path

from bench import processes
from bench.figures import Figure, Spread
from bench.load import Came, Job
from bench.plan import Plan, Results

OTHERS = "LangChain's tutorial chain 696; 1,270–3,150 elsewhere"


def measure(plan: Plan, data_dir: Path) -> Results:
    """Texts as the datasets have them, in conversations; tokens are those of o200k_base."""
    came: dict[str, Came] = {}
    with processes.stand_in(data_dir) as model:
        processes.post(f"{model.url}/mode", {"count": True})
        settings = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{model.url}/v1"}
        with processes.advisor(data_dir, **settings) as server:
            for mix in ("questions", "projects"):
                job = Job(server.port, "advisor", 4, 90, mix, limit=plan.texts, vary=False)
                came[mix] = processes.send(job)
    figures = []
    for mix, what, others in (
        ("questions", "a question", OTHERS),
        ("projects", "a description of a project", ""),
    ):
        aims = (700.0, 1.3) if mix == "questions" else (None, None)
        turns = max(1, came[mix].turns)
        figures += [
            _figure(
                f"prompt tokens, {what}", "a turn", came[mix].prompt_tokens / turns, aims[0], others
            ),
            _figure(f"model calls, {what}", "a turn", came[mix].calls / turns, aims[1]),
        ]
    told = ", ".join(f"{one.turns} {mix}" for mix, one in came.items())
    return Results(figures, [f"{told}; tokens of o200k_base, a tool's form counted as JSON."])


def _figure(what: str, unit: str, value: float, aim: float | None, others: str = "") -> Figure:
    return Figure("tokens", what, unit, Spread.of([value]), aim=aim, others=others)
