"""One session of the suite: chooses cases and targets, runs them, and makes a run of it."""

from __future__ import annotations

import hashlib
import platform
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hiring_advisor import __version__
from hiring_advisor.errors import BadRequest, ContentError
from hiring_advisor.evals.cases import Case, load_cases
from hiring_advisor.evals.gold import changed
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.metrics import SUITES
from hiring_advisor.evals.parity import with_parity
from hiring_advisor.evals.runs import Run
from hiring_advisor.evals.targets import Target

Prices = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Choice:
    """What to run: suites, one split or all, each `every`th sample, how many epochs."""

    suites: tuple[str, ...] = tuple(SUITES)
    split: str = "all"
    every: int = 1
    epochs: int = 1

    @property
    def datasets(self) -> list[str]:
        """The datasets of the suites, each once. Raises `BadRequest` for an unknown suite."""
        for name in self.suites:
            if name not in SUITES:
                known = ", ".join(SUITES)
                raise BadRequest(f"There is no suite {name[:40]}; known are {known}.")
        names = (dataset for suite in self.suites for dataset in SUITES[suite])
        return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Place:
    """Where the suite's data and the content are."""

    folder: Path
    corpus: Path

    @property
    def knowledge(self) -> Knowledge:
        """The article and the rubric, as the scorers know them."""
        return Knowledge(self.corpus)

    def prices(self) -> Prices:
        """Prices of tokens by model, from `prices.toml`; none where there is no such file."""
        path = self.folder / "prices.toml"
        if not path.exists():
            return {}
        try:
            found = tomllib.loads(path.read_text("utf-8")).get("model", {})
        except ValueError:
            raise ContentError("evals/prices.toml is not TOML.") from None
        return {
            name: {"prompt": float(one["prompt"]), "completion": float(one["completion"])}
            for name, one in found.items()
        }

    def digest(self) -> str:
        """A short hash of all datasets."""
        digest = hashlib.sha256()
        for path in sorted((self.folder / "datasets").glob("*.json*")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:12]


def measure(place: Place, choice: Choice, targets: Sequence[Target], out: Path) -> Run:
    """Run the chosen cases at every target; write logs to `out/logs` and return the run."""
    from hiring_advisor.evals.engine import evaluate, results_of, task_of

    begun = time.perf_counter()
    started = datetime.now(UTC)
    chosen = load_cases(place.folder, choice.datasets, split=choice.split, every=choice.every)
    knowledge, moved = place.knowledge, changed(place.folder, place.knowledge)
    total = len(targets) * choice.epochs * sum(map(len, chosen.values()))
    with _progress() as progress:
        work = progress.add_task("measuring", total=total)
        tasks = [
            task_of(name, cases, target, knowledge, lambda: progress.advance(work))
            for target in targets
            for name, cases in chosen.items()
            if cases
        ]
        logs = evaluate(tasks, out / "logs", epochs=choice.epochs)
    by_id = {case.case_id: case for cases in chosen.values() for case in cases}
    found = results_of(logs, by_id, knowledge, moved, place.prices())
    meta = meta_of(place, choice, targets, started, time.perf_counter() - begun)
    return with_parity(Run(meta, found))


def rescore(place: Place, folder: Path) -> Run:
    """Score a stored run anew with the labels and scorers of today; no advisor is asked."""
    from hiring_advisor.evals.cases import MEASURED
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
    return with_parity(Run(meta, found))


def meta_of(
    place: Place, choice: Choice, targets: Sequence[Target], started: datetime, took_s: float
) -> dict[str, Any]:
    """What was measured, for whoever reads the run later."""
    rubric = (place.corpus / "rubric.toml").read_bytes()
    article = b"".join(path.read_bytes() for path in sorted(place.corpus.glob("*.md")))
    return {
        "version": __version__,
        "started": started.isoformat(timespec="seconds"),
        "took_s": round(took_s, 1),
        "targets": [target.name for target in targets],
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
