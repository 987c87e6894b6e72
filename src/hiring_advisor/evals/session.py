"""One session of the suite: runs the chosen cases at every target, and makes a run of it."""

from __future__ import annotations

import hashlib
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hiring_advisor import __version__
from hiring_advisor.evals.cases import MEASURED, Case, load_cases
from hiring_advisor.evals.gold import changed
from hiring_advisor.evals.parity import with_parity
from hiring_advisor.evals.place import Choice, Place
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.shards import MakeTargets, Shard, divided, measured, measured_beside
from hiring_advisor.evals.steadiness import with_steadiness


def measure(
    place: Place,
    choice: Choice,
    make_targets: MakeTargets,
    out: Path,
    *,
    jobs: int = 1,
    count: int = 1,
) -> Run:
    """Run the chosen cases at every target; write logs to `out/logs` and return the run.

    With several `jobs`, as many processes share the datasets, each with targets of its own, which
    `make_targets` (importable, with picklable arguments) makes. `count` is how many it makes.
    """
    begun, started = time.perf_counter(), datetime.now(UTC)
    for log in (out / "logs").glob("*.eval"):
        log.unlink()  # of an earlier run in the same folder
    chosen = choice.cases(place.folder)
    parts = divided(chosen, jobs)
    shards = [Shard(place, choice, part, make_targets, out) for part in parts]
    with _progress() as progress:
        total = count * choice.epochs * sum(map(len, chosen.values()))
        work = progress.add_task("measuring", total=total)

        def tick() -> None:
            progress.advance(work)

        found = measured(shards[0], tick) if jobs == 1 else measured_beside(shards, tick)
    meta = meta_of(place, choice, found, started, time.perf_counter() - begun)
    return with_steadiness(with_parity(Run(meta, in_order(found, choice))))


def in_order(found: list[CaseResult], choice: Choice) -> list[CaseResult]:
    """Results in the order of targets and datasets, however the work was divided."""
    targets = list(dict.fromkeys(one.target for one in found))
    targets.sort(key=lambda name: name != "embedded")
    return sorted(
        found,
        key=lambda one: (
            targets.index(one.target), choice.datasets.index(one.dataset), one.epoch, one.case_id,
        ),
    )  # fmt: skip


def rescore(place: Place, folder: Path) -> Run:
    """Score a stored run anew with the labels and scorers of today; no advisor is asked."""
    from hiring_advisor.evals.engine import read_logs, results_of
    from hiring_advisor.evals.runs import read

    before = read(folder)
    by_id: dict[str, Case] = {
        case.case_id: case
        for cases in load_cases(place.folder, MEASURED).values()
        for case in cases
    }
    moved = changed(place.folder, place.knowledge)
    found = results_of(read_logs(folder), by_id, place.knowledge, moved, place.prices())
    meta = {**before.meta, "datasets": place.digest(), "rescored": datetime.now(UTC).isoformat()}
    return with_steadiness(with_parity(Run(meta, found)))


def meta_of(
    place: Place, choice: Choice, found: list[CaseResult], started: datetime, took_s: float
) -> dict[str, Any]:
    """What was measured, for whoever reads the run later."""
    rubric = (place.corpus / "rubric.toml").read_bytes()
    article = b"".join(path.read_bytes() for path in sorted(place.corpus.glob("*.md")))
    return {
        "version": __version__,
        "started": started.isoformat(timespec="seconds"),
        "took_s": round(took_s, 1),
        "targets": list(dict.fromkeys(one.target for one in found)),
        "suites": list(choice.suites),
        "split": choice.split,
        "every": choice.every,
        "epochs": choice.epochs,
        "datasets": place.digest(),
        "rubric": hashlib.sha256(rubric).hexdigest()[:12],
        "article": hashlib.sha256(article).hexdigest()[:12],
        "python": platform.python_version(),
    }


def _progress() -> Progress:
    """A bar on stderr; nothing where nobody watches."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
