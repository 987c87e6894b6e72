"""Gates: what a run must reach, from `evals/thresholds.toml`.

[[gate]]
metric = "verdict/accepted"
at_least = 0.80
why = "…"

[baseline]
no_losses = ["attacks/not_turned"]   # metrics that may not lose a single case
no_significant_loss = true           # and none may lose more than chance explains
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hiring_advisor.errors import ContentError
from hiring_advisor.evals.compare import Comparison
from hiring_advisor.evals.metrics import METRICS
from hiring_advisor.evals.runs import Run

SPENT = frozenset(
    f"cost/{name}"
    for name in (
        "turn_ms",
        "first_sentence_ms",
        "llm_calls",
        "prompt_tokens",
        "completion_tokens",
        "money",
    )
)
"""What is spent is shown and compared, but gives no reason to stop."""


class Gate(BaseModel):
    """A bound of one metric. Without `target` it holds for every target that has the metric."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    target: str | None = None
    why: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Gate:
        if self.metric not in METRICS:
            raise ValueError(f"there is no metric {self.metric}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"{self.metric} wants either at_least or at_most")
        if self.metric.startswith("judge/"):
            raise ValueError("a model judge is never part of a gate")
        return self

    @property
    def words(self) -> str:
        """The bound in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else (
            f"at most {self.at_most:g}"
        )  # fmt: skip


class BaselineGate(BaseModel):
    """What a run may lose against its baseline."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    no_losses: tuple[str, ...] = ()
    no_significant_loss: bool = True

    @model_validator(mode="after")
    def _fits(self) -> BaselineGate:
        for name in self.no_losses:
            if name not in METRICS:
                raise ValueError(f"there is no metric {name}")
        return self


class Thresholds(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    gate: Annotated[tuple[Gate, ...], Field(min_length=1)]
    baseline: BaselineGate = BaselineGate()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One gate and whether it held. `cases` names what broke it, where single cases did."""

    name: str
    target: str
    holds: bool
    told: str
    cases: tuple[str, ...] = ()


def load(folder: Path) -> Thresholds:
    """Read `thresholds.toml`. Raises `ContentError` that says what is wrong with it."""
    try:
        text = (folder / "thresholds.toml").read_text("utf-8")
        return Thresholds.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError):
        raise ContentError("evals/thresholds.toml cannot be read.") from None
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"evals/thresholds.toml: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        # Our own checks name the metric; pydantic's say what is wrong and not where.
        told = first["msg"].removeprefix("Value error, ")
        reason = told if first["type"] == "value_error" else f"{place}: {told}"
        raise ContentError(f"evals/thresholds.toml: {reason}.") from None


def judge(thresholds: Thresholds, run: Run, comparison: Comparison | None) -> list[Outcome]:
    """Every gate that applies to what was measured, in the order of the file."""
    found = [
        outcome
        for target in run.targets
        for gate in thresholds.gate
        if gate.target in (None, target)
        for outcome in _bound(gate, run, target)
    ]
    if comparison is not None:
        found += _against_baseline(thresholds.baseline, comparison)
    return found


def _bound(gate: Gate, run: Run, target: str) -> Iterator[Outcome]:
    figure = run.figures(target).get(gate.metric)
    if figure is None:
        return  # not part of what was asked for
    value = figure.interval.value
    holds = (gate.at_least is None or _read(value, gate.at_least) >= gate.at_least) and (
        gate.at_most is None or _read(value, gate.at_most) <= gate.at_most
    )
    failed = tuple(
        one.case_id
        for one in run.of(target)
        if any(measure.metric == gate.metric for measure in one.failed)
    )
    told = f"{gate.metric} is {value:.6g}, wanted {gate.words}"
    yield Outcome(gate.metric, target, holds, told, () if holds else failed)


def _read(value: float, bound: float) -> float:
    """A figure with as many digits as people write; beside “never” and “always”, all of them."""
    return value if bound in (0, 1) else round(value, 4)


def _against_baseline(gate: BaselineGate, comparison: Comparison) -> Iterator[Outcome]:
    for name in gate.no_losses:
        lost = [flip for flip in comparison.losses if flip.metric == name]
        told = f"{name} lost {len(lost)} cases against the baseline"
        yield Outcome(
            f"{name}, no losses", "all", not lost, told, tuple(flip.case_id for flip in lost)
        )
    if gate.no_significant_loss:
        for one in comparison.differences:
            if one.is_worse and one.is_significant and one.metric not in SPENT:
                lost = [
                    flip
                    for flip in comparison.losses
                    if (flip.metric, flip.target) == (one.metric, one.target)
                ]
                told = f"{one.metric} went from {one.before:.3f} to {one.after:.3f}" + (
                    f" (p = {one.p_value:.3g})" if one.p_value is not None else ""
                )
                cases = tuple(flip.case_id for flip in lost)
                yield Outcome(f"{one.metric}, no significant loss", one.target, False, told, cases)
