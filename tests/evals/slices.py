"""What the tests of the evals share: where the suite is, small slices of it, and its command."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import CORPUS, PROMPTS, ROOT, clean_environment

from hiring_advisor.bootstrap import Parts
from hiring_advisor.evals.place import Choice, Place
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.session import measure
from hiring_advisor.evals.targets import InProcess, Target

PLACE = Place(ROOT / "evals", CORPUS)
TIMES = ("cost/turn_ms", "cost/first_sentence_ms")

Totals = dict[str, tuple[float, float]]


def embedded(parts: Parts) -> Callable[[], list[Target]]:
    """Makes the advisor of these parts the one target."""
    return lambda: [InProcess(parts)]


@contextmanager
def tidied() -> Iterator[None]:
    """Put back what inspect changes for its process, and take what it leaves to the collector."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, levels = list(root.handlers), {one: one.level for one in _loggers()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # streams in memory, left open
        try:
            yield
        finally:
            gc.collect()
            root.handlers, sys.excepthook = handlers, hook
            for one in _loggers():
                one.setLevel(levels.get(one, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    known = logging.Logger.manager.loggerDict.values()
    return [one for one in known if isinstance(one, logging.Logger)]


def measured(parts: Parts, out: Path, choice: Choice, place: Place = PLACE) -> Run:
    """A slice, measured in this process on parts that are ready."""
    with tidied():
        return measure(place, choice, embedded(parts), out)


def outcome(one: CaseResult) -> tuple[str, Totals]:
    """What a case led to, but for times and for what is said of all its repetitions."""
    return one.got, {
        name: pair
        for name, pair in one.totals.items()
        if name not in TIMES and not name.startswith("steady/")
    }


def outcomes(run: Run) -> dict[tuple[str, str, int], tuple[str, Totals]]:
    """What every case of a run led to, but for times."""
    return {(*one.key, one.epoch): outcome(one) for one in run.cases}


def command(
    data: Path, folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `hiring-advisor eval` with these arguments in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "eval", *arguments],
        env={
            **{n: v for n, v in clean_environment().items() if not n.startswith("GITHUB_")},
            "ADVISOR_DATA_DIR": str(data),
            "ADVISOR_CORPUS_DIR": str(CORPUS),
            "ADVISOR_PROMPTS_DIR": str(PROMPTS),
            "NO_COLOR": "1",
            **environment,
        },
        cwd=folder, check=False, capture_output=True, text=True, timeout=110,
    )  # fmt: skip


def sentence(text: str) -> str:
    """What is said on stderr, without its frame and the breaks that fit it to the screen."""
    return " ".join(text.translate(str.maketrans("", "", "╭╮╰╯─│")).split())
