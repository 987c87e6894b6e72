"""From samples to cases: what is said to the advisor, and how cases are grouped and clustered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from pathlib import Path

from hiring_advisor.evals import samples as s

# Labelled sentences are for the judge; no advisor is asked about them.
MEASURED = tuple(name for name in s.DATASETS if name != "judge_labels")


@dataclass(frozen=True)
class Case:
    """One sample as it is run.

    `conversations` are the visitor's messages, each conversation apart. `search` is a query to be
    looked up, `profile` facts to be scored, `interview` a profile told by answering questions.
    """

    dataset: str
    sample: s.Sample
    conversations: tuple[tuple[str, ...], ...] = ()
    search: str | None = None
    profile: Mapping[str, str] | None = None
    interview: Mapping[str, str] | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """The name of the case, the same in every run."""
        return self.sample.id

    @property
    def said(self) -> str:
        """What the case asks, for people: the last message, or the facts."""
        if self.profile is not None:
            return ", ".join(f"{name} = {value}" for name, value in self.profile.items()) or "none"
        return self.conversations[0][-1] if self.conversations else self.search or ""


@singledispatch
def _case(sample: s.Sample, dataset: str) -> Case:
    raise TypeError(f"no case is made of {type(sample).__name__}")


@_case.register
def _(sample: s.Question, dataset: str) -> Case:
    groups = {"style": sample.style, "section": sample.sections[0]}
    return Case(dataset, sample, ((sample.question,),), search=sample.question, groups=groups)


@_case.register
def _(sample: s.FollowUp, dataset: str) -> Case:
    return Case(dataset, sample, ((*sample.history, sample.question),))


@_case.register
def _(sample: s.Unanswerable, dataset: str) -> Case:
    return Case(dataset, sample, ((sample.question,),), groups={"kind": sample.kind})


@_case.register
def _(sample: s.SmallTalk, dataset: str) -> Case:
    return Case(dataset, sample, ((sample.text,),), groups={"kind": sample.kind})


@_case.register
def _(sample: s.VerdictMessage, dataset: str) -> Case:
    groups = {"style": sample.style, "expected": sample.accept[0]}
    return Case(dataset, sample, ((sample.message,),), groups=groups)


@_case.register
def _(sample: s.Dialogue, dataset: str) -> Case:
    said = tuple(turn.say for turn in sample.turns)
    return Case(dataset, sample, (said,), groups={"kind": sample.kind, "style": sample.style})


@_case.register
def _(sample: s.Attack, dataset: str) -> Case:
    groups = {"kind": sample.kind, "encoding": sample.encoding}
    return Case(dataset, sample, ((*sample.history, sample.message),), groups=groups)


@_case.register
def _(sample: s.Invariance, dataset: str) -> Case:
    texts = (
        sample.base,
        *(one.text for one in sample.paraphrases),
        *(one.text for one in sample.monotone),
    )
    return Case(dataset, sample, tuple((text,) for text in texts), groups={"style": sample.style})


@_case.register
def _(sample: s.RubricCase, dataset: str) -> Case:
    return Case(dataset, sample, profile=sample.facts, groups={"kind": sample.kind})


@_case.register
def _(sample: s.Interview, dataset: str) -> Case:
    return Case(
        dataset, sample, ((sample.opening,),), interview=sample.profile,
        groups={"expected": sample.verdict},
    )  # fmt: skip


def load_cases(
    folder: Path, names: Sequence[str], *, split: str = "all", every: int = 1
) -> dict[str, list[Case]]:
    """The cases of some datasets by name; of one split, and each `every`th of every group.

    A slice takes from each dataset the first of every `every`, so that all groups are in it.
    """
    return {name: list(_chosen(folder, name, split, every)) for name in names}


def _chosen(folder: Path, name: str, split: str, every: int) -> Iterator[Case]:
    of_split = [one for one in s.load(folder, name) if split in {"all", one.split}]
    for sample in of_split[::every]:
        yield _case(sample, name)
