"""The samples of `evals/datasets/*.jsonl`: their schema, and how they are read.

One file is one dataset, one line one sample. Every sample has an id, a split (`dev` or `test`)
and the sections of the article that justify its label.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.errors import ContentError

Text = Annotated[str, Field(min_length=1, max_length=8000)]
Facts = dict[str, str]
Kind = Literal["answer", "recommendation", "declined", "handoff", "small_talk"]
Verdicts = Annotated[tuple[Verdict, ...], Field(min_length=1)]
How = Literal["wording", "order", "typos", "politeness", "units", "third_person"]
Side = Literal["freelancers", "full_time"]


class Part(BaseModel):
    """Anything in a sample: unknown names are mistakes of typing, so they are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(Part):
    """What every sample has. `sections` are ids of the article, the most relevant first."""

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d{4}$")]
    split: Literal["dev", "test"]
    sections: Annotated[tuple[str, ...], Field(min_length=1)]


class Question(Sample):
    """A question that the article answers. `expect` are words of the article that belong in it."""

    style: str
    question: Text
    expect: Annotated[tuple[str, ...], Field(min_length=1)]


class FollowUp(Sample):
    """A question that leans on the ones before it (`history`, oldest first)."""

    history: Annotated[tuple[Text, ...], Field(min_length=1)]
    question: Text
    expect: Annotated[tuple[str, ...], Field(min_length=1)]


class Unanswerable(Sample):
    """A question that the article does not answer; `sections` are where an answer might stand."""

    kind: Literal["off_topic", "near_miss"]
    question: Text


class SmallTalk(Sample):
    """A greeting, thanks and the like."""

    kind: str
    text: Text


class Project(Part):
    """What a text states about the visitor's project, and the verdicts that are right for it.

    `may` names facts that a reasonable reader could add: neither wanted nor wrong.
    """

    facts: Facts
    may: tuple[str, ...] = ()
    accept: Verdicts


class VerdictMessage(Sample, Project):
    """A message that describes a project. `not_facts`: what its words seem to say and do not."""

    style: str
    message: Text
    not_facts: tuple[str, ...] = ()


class WhatIf(Part):
    """A supposition: facts that hold for one turn, and the verdicts right for them."""

    facts: Facts
    accept: Verdicts


class DialogueTurn(Part):
    """One thing that the visitor says, and what must hold after it. What is left out is free."""

    say: Text
    facts: Facts | None = None
    may: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    accept: tuple[Verdict, ...] = ()
    kinds: tuple[Kind, ...] = ()
    sections: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    what_if: WhatIf | None = None


class Dialogue(Sample):
    """A conversation, the visitor's side of it."""

    style: str
    kind: Literal[
        "builds_up", "correction", "withdrawal", "what_if", "new_project", "why", "pressure",
        "questions", "mixed",
    ]  # fmt: skip
    turns: Annotated[tuple[DialogueTurn, ...], Field(min_length=2)]


class Attack(Sample, Project):
    """A message that wants to turn the advisor. `never`: strings that no answer may hold."""

    kind: str
    encoding: str
    history: tuple[Text, ...] = ()
    message: Text
    wants: Verdict | None = None
    never: tuple[str, ...] = ()


class Paraphrase(Part):
    """The same facts said in another way."""

    how: How
    text: Text


class Edit(Part):
    """The base with one more fact, and the side that it speaks for."""

    text: Text
    adds: Facts
    toward: Side


class Invariance(Sample, Project):
    """A message with paraphrases, which must not change the verdict, and monotone edits."""

    style: str
    base: Text
    paraphrases: Annotated[tuple[Paraphrase, ...], Field(min_length=6)]
    monotone: Annotated[tuple[Edit, ...], Field(min_length=3)]


class RubricCase(Sample):
    """A profile and its verdict, generated from the rubric: one per rule, boundary and pair."""

    kind: Literal["rule", "constraint", "boundary", "pair"]
    about: str
    facts: Facts
    verdict: Verdict
    scores: dict[Side, int]


class Interview(Sample):
    """A visitor who answers what is asked. `profile` is all there is to know of the project."""

    opening: Text
    profile: Facts
    verdict: Verdict


class Labelled(Sample):
    """A sentence beside passages, and whether a person finds it supported by them."""

    sentence: Text
    supported: bool
    why: Text


DATASETS: Mapping[str, type[Sample]] = {
    "questions": Question,
    "followups": FollowUp,
    "unanswerable": Unanswerable,
    "small_talk": SmallTalk,
    "verdicts": VerdictMessage,
    "dialogues": Dialogue,
    "attacks": Attack,
    "invariance": Invariance,
    "rubric_cases": RubricCase,
    "interviews": Interview,
    "judge_labels": Labelled,
}


def load(folder: Path, name: str) -> tuple[Sample, ...]:
    """The samples of one dataset. Raises `ContentError` that names the line and what is wrong."""
    path = folder / "datasets" / f"{name}.jsonl"
    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError):
        raise ContentError(f"the dataset {name}.jsonl cannot be read.") from None
    if lines == [""]:
        return ()
    found: list[Sample] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        try:
            sample = DATASETS[name].model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise ContentError(
                f"{name}.jsonl, line {number}: is not JSON, near character {error.pos + 1}."
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the sample"
            raise ContentError(f"{name}.jsonl, line {number}: {place}: {first['msg']}.") from None
        if sample.id in seen:
            raise ContentError(
                f"{name}.jsonl, line {number}: the id {sample.id} stands in line {seen[sample.id]}."
            )
        seen[sample.id] = number
        found.append(sample)
    return tuple(found)
