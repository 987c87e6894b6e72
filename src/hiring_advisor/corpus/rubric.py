"""The rubric: facts, rules, constraints and thresholds, read from `rubric.toml` and checked.

What a rubric means is told in `docs/scoring.md`; this module reads it and refuses one that
contradicts itself. All points are integers, so that sums are exact in whatever order.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hiring_advisor.errors import ContentError

Side = Literal["freelancers", "full_time"]
Verdict = Literal["freelancers", "full_time", "hybrid", "need_more_info"]
VERDICTS: tuple[Verdict, ...] = ("freelancers", "full_time", "hybrid", "need_more_info")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a fact: how it is picked (`label`), said back (`reading`), said to be otherwise
    (`would`, a whole if-clause), and the side it speaks for (`leans`).
    """

    value: str
    label: str
    reading: str
    would: str
    leans: str


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact that may be known about a project, and the question that asks for it."""

    name: str
    about: str
    question: str
    values: tuple[Value, ...]

    def value(self, name: str) -> Value:
        """The value of that name. Raises `KeyError`."""
        for value in self.values:
            if value.value == name:
                return value
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Rule:
    """A value of a fact gives points, and stands on a sentence of the article."""

    rule_id: str
    fact: str
    value: str
    freelancers: int
    full_time: int
    why: str
    section_id: str
    source_quote: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """What points cannot outvote: where all of `when` and none of `unless` hold."""

    constraint_id: str
    when: tuple[tuple[str, str], ...]
    unless: tuple[tuple[str, str], ...]
    at_least: Verdict | None
    at_most: Verdict | None
    why: str
    section_id: str
    source_quote: str

    def holds(self, profile: Mapping[str, str]) -> bool:
        """Whether it applies to a profile (fact name to value; a missing name is unknown)."""
        return all(profile.get(name) == value for name, value in self.when) and not any(
            profile.get(name) == value for name, value in self.unless
        )


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Values that cannot all be the whole story; `ask` names the fact whose question settles it."""

    between: tuple[tuple[str, str], ...]
    ask: str
    question: str

    def holds(self, profile: Mapping[str, str]) -> bool:
        """Whether a profile holds all of the values."""
        return all(profile.get(name) == value for name, value in self.between)


@dataclass(frozen=True, slots=True)
class OptionText:
    """How a verdict is named and said in one sentence."""

    label: str
    summary: str


@dataclass(frozen=True, slots=True)
class Rubric:
    """All that the scoring tool knows. `version` holds a hash of the file: no silent edits."""

    version: str
    facts: tuple[FactSpec, ...]
    rules: tuple[Rule, ...]
    constraints: tuple[Constraint, ...]
    contradictions: tuple[Contradiction, ...]
    options: Mapping[str, OptionText]
    min_evidence: int
    min_margin: int
    full_margin: int
    full_evidence: int

    def fact(self, name: str) -> FactSpec:
        """The fact of that name. Raises `KeyError`."""
        for fact in self.facts:
            if fact.name == name:
                return fact
        raise KeyError(name)

    def rules_for(self, fact: str, value: str) -> tuple[Rule, ...]:
        """The rules that a value of a fact sets off, in the order of the file."""
        return tuple(rule for rule in self.rules if (rule.fact, rule.value) == (fact, value))

    def knows(self, fact: str, value: str) -> bool:
        """Whether there is such a fact with such a value."""
        return any(
            spec.name == fact and any(known.value == value for known in spec.values)
            for spec in self.facts
        )


def load(folder: Path) -> Rubric:
    """Read and check `rubric.toml`. Raises `ContentError` that says where it is wrong."""
    path = folder / "rubric.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise ContentError(
            "the corpus folder has no rubric.toml: check ADVISOR_CORPUS_DIR."
        ) from None
    except UnicodeDecodeError as error:
        raise ContentError(f"rubric.toml is not UTF-8 text: {error}.") from error
    return parse(text)


def parse(text: str) -> Rubric:
    """Read a rubric from TOML text. Raises `ContentError`."""
    try:
        data = tomllib.loads(text)
        rubric = _build(data, hashlib.sha256(text.encode()).hexdigest()[:12])
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"rubric.toml is not valid TOML: {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ContentError(f"rubric.toml: something is missing or misspelt: {error}.") from error
    problems = check(rubric)
    if problems:
        raise ContentError(f"rubric.toml: {'; '.join(problems)}.")
    return rubric


def _build(data: dict[str, Any], digest: str) -> Rubric:
    verdict = data["verdict"]
    return Rubric(
        version=f"{data['version']}+{digest}",
        facts=tuple(
            FactSpec(
                fact["name"],
                fact["about"],
                fact["question"],
                tuple(Value(**value) for value in fact["values"]),
            )
            for fact in data["fact"]
        ),
        rules=tuple(_rule(rule) for rule in data["rule"]),
        constraints=tuple(_constraint(one) for one in data.get("constraint", ())),
        contradictions=tuple(
            Contradiction(tuple(one["between"].items()), one["ask"], one["question"])
            for one in data.get("contradiction", ())
        ),
        options={name: OptionText(**data["options"][name]) for name in VERDICTS},
        min_evidence=int(verdict["min_evidence"]),
        min_margin=int(verdict["min_margin"]),
        full_margin=int(verdict["full_margin"]),
        full_evidence=int(verdict["full_evidence"]),
    )


def _rule(data: dict[str, Any]) -> Rule:
    ((fact, value),) = data["when"].items()
    points = data["points"]
    if set(points) - {"freelancers", "full_time"}:
        raise ValueError(f"rule {data['id']} gives points to an option that has none")
    given = {side: points.get(side, 0) for side in ("freelancers", "full_time")}
    if not all(isinstance(amount, int) and amount >= 0 for amount in given.values()):
        raise ValueError(f"rule {data['id']} wants whole points of 0 or more")
    return Rule(
        data["id"], fact, value, given["freelancers"], given["full_time"],
        data["why"], data["section"], data["source_quote"],
    )  # fmt: skip


def _constraint(data: dict[str, Any]) -> Constraint:
    for bound in (data.get("at_least"), data.get("at_most")):
        if bound not in {None, "freelancers", "hybrid", "full_time"}:
            raise ValueError(f"constraint {data['id']} names a verdict that has no rank")
    return Constraint(
        data["id"],
        tuple(data["when"].items()),
        tuple(data.get("unless", {}).items()),
        data.get("at_least"),
        data.get("at_most"),
        data["why"],
        data["section"],
        data["source_quote"],
    )


def check(rubric: Rubric) -> list[str]:
    """What is wrong inside a rubric, if anything. Sections are checked with the corpus."""
    problems = []
    names = [fact.name for fact in rubric.facts]
    problems += [
        f"the fact {name} stands there twice" for name in set(names) if names.count(name) > 1
    ]
    known = {(fact.name, value.value) for fact in rubric.facts for value in fact.values}
    leans = {(f.name, v.value): v.leans for f in rubric.facts for v in f.values}
    places: list[tuple[str, tuple[tuple[str, str], ...]]] = [
        (f"rule {rule.rule_id}", ((rule.fact, rule.value),)) for rule in rubric.rules
    ]
    places += [
        (f"constraint {one.constraint_id}", one.when + one.unless) for one in rubric.constraints
    ]
    places += [("a contradiction", one.between) for one in rubric.contradictions]
    problems += [
        f"{place} names {fact} = {value}, which no fact has"
        for place, pairs in places
        for fact, value in pairs
        if (fact, value) not in known
    ]
    problems += [
        f"a contradiction asks for {one.ask}, which no fact is"
        for one in rubric.contradictions
        if one.ask not in names
    ]
    for rule in rubric.rules:
        side = leans.get((rule.fact, rule.value))
        against = (side == "freelancers" and rule.full_time) or (
            side == "full_time" and rule.freelancers
        )
        if against:
            problems.append(f"rule {rule.rule_id} gives points against the side its value leans to")
    silent = known - {(rule.fact, rule.value) for rule in rubric.rules}
    problems += [f"no rule uses {fact} = {value}" for fact, value in sorted(silent)]
    return problems


def check_sources(rubric: Rubric, texts: Mapping[str, str]) -> list[str]:
    """Rules and constraints whose quote is not verbatim in their section (`texts`: id to text)."""
    stands = [(f"rule {r.rule_id}", r.section_id, r.source_quote) for r in rubric.rules]
    stands += [
        (f"constraint {c.constraint_id}", c.section_id, c.source_quote) for c in rubric.constraints
    ]
    return [
        f"{place} quotes words that the section {section_id} does not hold"
        for place, section_id, quote in stands
        if quote not in texts.get(section_id, "")
    ]
