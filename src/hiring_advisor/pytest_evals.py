"""A pytest plugin: with `--evals`, each sample of a dataset is a test of the embedded advisor.

    pytest --evals evals/datasets/attacks.jsonl -k a-0010

A test fails where a check does not hold, with the scorers' reasons. Amounts (words, ms, questions)
never fail a test. Needs the extra `evals`; without `--evals` it does nothing and imports nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hiring_advisor.evals.cases import Case
    from hiring_advisor.evals.knowledge import Knowledge
    from hiring_advisor.evals.targets import InProcess


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--evals`."""
    parser.addoption("--evals", action="store_true", help="make a test of each sample in *.jsonl")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect datasets."""
    if file_path.suffix != ".jsonl" or not parent.config.getoption("--evals"):
        return None
    return Dataset.from_parent(parent, path=file_path)


class Broken(Exception):
    """A sample whose checks do not hold; its text is all there is to show."""


class Dataset(pytest.File):
    """One dataset: a test for each of its samples."""

    def collect(self) -> Iterable[pytest.Item]:
        """The samples, in order."""
        from hiring_advisor.evals.cases import MEASURED, load_cases
        from hiring_advisor.evals.knowledge import Knowledge

        name = self.path.stem
        if name not in MEASURED:
            return
        target = _target(self.config)
        knowledge = Knowledge(target.parts.settings.corpus_dir)
        for case in load_cases(self.path.parent.parent, [name])[name]:
            item = SampleTest.from_parent(self, name=case.case_id)
            item.case, item.knowledge, item.target = case, knowledge, target
            yield item


class SampleTest(pytest.Item):
    """One sample."""

    case: Case
    knowledge: Knowledge
    target: InProcess

    def runtest(self) -> None:
        """Ask the advisor and score what came."""
        import asyncio

        from hiring_advisor.evals.record import run
        from hiring_advisor.evals.results import result

        record = asyncio.run(run(self.case, self.target))
        found = result(self.case, record, self.knowledge, self.target.name, changed=frozenset())
        if found.failed:
            raise Broken(
                "\n".join(
                    [f"said:  {found.said}", f"right: {found.expected}", f"got:   {found.got}"]
                    + [f"{one.metric}: {one.why}" for one in found.failed]
                )
            )

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The reasons alone: where in our code they were found helps nobody."""
        if isinstance(excinfo.value, Broken):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """What pytest calls it."""
        return self.path, None, f"{self.path.name}::{self.name}"


def _target(config: pytest.Config) -> Any:
    """One advisor for all datasets of a session."""
    from hiring_advisor.channels.eval_targets import targets_of

    if not hasattr(config, "_hiring_advisor_target"):
        config._hiring_advisor_target = targets_of("embedded", (), None, None)[0]  # type: ignore[attr-defined]
    return config._hiring_advisor_target  # type: ignore[attr-defined]
