"""Cues: the little pattern language of `cues.toml`, compiled to bounded regular expressions.

    pattern   = item {" " item}
    item      = word | "(" pattern {"|" pattern} ")" | "~"      each may end in "?": optional
    word      = letters, digits, signs; "*" at its end stands for any ending

Every repetition is bounded and no two neighbours can match the same text without limit, so that
matching stays linear in the length of the text (a test doubles it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hiring_advisor.corpus.content import read_toml
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import ContentError

_SEPARATOR = r"[ \-/'\",;:.()]{1,3}"
_GAP = rf"(?:{_SEPARATOR}[\w€$£%&]{{1,30}}){{0,3}}?"
IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Cue:
    """The compiled cues of one value of one fact."""

    fact: str
    value: str
    plain: re.Pattern[str] | None
    """Does not count where it is negated."""
    always: re.Pattern[str] | None
    """Counts, or for `ignore` takes away, whether or not it is negated."""
    negated: str
    """The value that a negated cue states, or nothing."""


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0

    def parse(self) -> str:
        result = self._sequence()
        if self.place != len(self.source):
            raise ValueError(f"unbalanced brackets in “{self.source}”")
        return result

    def _sequence(self) -> str:
        items: list[tuple[str, bool]] = []
        while self.place < len(self.source) and self.source[self.place] not in "|)":
            if self.source[self.place] in " ?":
                self.place += 1
                continue
            items.append(self._item())
        return _join(items)

    def _item(self) -> tuple[str, bool]:
        if self.source[self.place] == "(":
            self.place += 1
            options = [self._sequence()]
            while self.place < len(self.source) and self.source[self.place] == "|":
                self.place += 1
                options.append(self._sequence())
            if self.place >= len(self.source):
                raise ValueError(f"a bracket is not closed in “{self.source}”")
            self.place += 1
            body = f"(?:{'|'.join(option for option in options if option)})"
        else:
            start = self.place
            while self.place < len(self.source) and self.source[self.place] not in " |()?":
                self.place += 1
            body = _word(self.source[start : self.place])
        optional = self.place < len(self.source) and self.source[self.place] in "?*"
        if optional:
            self.place += 1
        return body, optional


def _word(word: str) -> str:
    if word == "~":
        return "~"
    if word == r"\d+":
        return r"\d{1,9}"
    ending = r"\w{0,16}" if word.endswith("*") else ""
    parts = re.split(r"[-']", word.rstrip("*"))
    return r"[\-' ]?".join(re.escape(part) for part in parts) + ending


def _join(items: list[tuple[str, bool]]) -> str:
    """Put separators between items: an optional item brings its own."""
    result = ""
    started = False
    for body, optional in items:
        if body == "~":
            result += _GAP
        elif not started and optional:
            result += f"(?:{body}{_SEPARATOR})?"
        elif not started:
            result += body
            started = True
        elif optional:
            result += f"(?:{_SEPARATOR}{body})?"
        else:
            result += f"{_SEPARATOR}{body}"
    return result


def compile_patterns(patterns: list[str]) -> re.Pattern[str] | None:
    """One regular expression for patterns of one value, on lower-case text; None for none."""
    if not patterns:
        return None
    body = "|".join(_Parser(pattern.lower()).parse() for pattern in patterns)
    return re.compile(rf"(?<![\w])(?:{body})(?![\w])")


def _check(data: Mapping[str, object], rubric: Rubric) -> Iterator[str]:
    for fact, by_value in data.items():
        for value, entry in by_value.items() if isinstance(by_value, dict) else [("", None)]:
            if value != IGNORE and not rubric.knows(fact, value):
                yield f"{fact}.{value} is no value of the rubric"
            if not isinstance(entry, dict) or set(entry) - {"cues", "always", "negated"}:
                yield f"{fact}.{value} wants `cues`, `always` or `negated`, and no more"
                continue
            for patterns in (entry.get("cues", []), entry.get("always", [])):
                if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
                    yield f"{fact}.{value} wants lists of patterns"
            negated = entry.get("negated")
            if negated and not rubric.knows(fact, str(negated)):
                yield f"{fact}.{value}: negated names {negated}, which {fact} does not have"


def load(folder: Path, rubric: Rubric) -> tuple[Cue, ...]:
    """Read `cues.toml`. Raises `ContentError` that names the value and what is wrong with it."""
    data = read_toml(folder, "cues.toml")
    problems = list(_check(data, rubric))
    if problems:
        raise ContentError(f"cues.toml: {'; '.join(problems)}.")
    cues = []
    for fact, by_value in data.items():
        for value, entry in by_value.items():
            try:
                plain = compile_patterns(entry.get("cues", []))
                always = compile_patterns(entry.get("always", []))
            except (ValueError, re.error) as error:
                raise ContentError(f"cues.toml, {fact}.{value}: {error}.") from error
            cues.append(Cue(fact, value, plain, always, entry.get("negated", "")))
    return tuple(cues)
