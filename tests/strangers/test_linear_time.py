"""No pattern takes more than linear time, whatever a stranger writes: a doubling test over all."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import hiring_advisor

LENGTH = 4000
MOST_S = 0.05
GROWTH = 3.2  # twice the text, twice the time, and some room for a machine that does other things
TRIES = 4
FLOOR_S = 0.004  # below it a clock tells nothing about growth


def patterns_in(value: Any, depth: int = 4) -> Iterator[re.Pattern[str]]:
    """Compiled patterns of texts in a value, also within tuples, lists, mappings, dataclasses."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth == 0:
        return
    elif isinstance(value, Mapping):
        for one in (*value.keys(), *value.values()):
            yield from patterns_in(one, depth - 1)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from patterns_in(one, depth - 1)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from patterns_in(getattr(value, one.name, None), depth - 1)


def inline_in(source: str) -> Iterator[str]:
    """Patterns that a module writes where it uses them: `re.sub("…", …)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern of a module, by its own text."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(hiring_advisor.__path__, "hiring_advisor."):
        if module.name.endswith("__main__") or ".migrations." in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            found.update((pattern.pattern, pattern) for pattern in patterns_in(value))
    for source in Path(hiring_advisor.__file__).parent.rglob("*.py"):
        for text in inline_in(source.read_text(encoding="utf-8")):
            found.setdefault(text, re.compile(text))
    return {f"{n}: {text[:60]}": one for n, (text, one) in enumerate(sorted(found.items()))}


PIECES = [
    " ", "  a", "a", "aA1 ", "1", "1,", "1.", "1 ", "1-", "-", "--", ".", ". ", "...", ",", "'",
    '"', "(",
    "\n", "\n\n", "\t", "[1", "[1] ", "[", "]", "{", "<", "&", "=", "/", ":", "://", "@", "a@",
    "a.", "\\",
    "é", "\u0301", "\u200b", "$", "$1", "1k ", "%", "two ", "to ", "and ", "not ", "we ", "a b",
    "e",
]  # fmt: skip


def hostile(pattern: re.Pattern[str]) -> list[str]:
    """Pieces to repeat: the pattern's own words and starts of them, and signs that many accept."""
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\\[A-Za-z]", " ", pattern.pattern))
    own = list(dict.fromkeys(word.lower() for word in words))[:10]
    pairs = [f"{one} {other} " for one, other in pairwise(own)][:6]
    return [
        *PIECES,
        *own,
        *(f"{word} " for word in own),
        *(f"{word}\n" for word in own[:3]),
        *pairs,
    ]


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """Processor time of finding all matches, which includes the first and the lack of any."""
    started = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - started


def of_length(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length] + "\x01"


@pytest.mark.parametrize("where", patterns())
def test_a_pattern_is_fast_and_linear(where: str) -> None:
    pattern = patterns()[where]
    for piece in hostile(pattern):
        short, long = of_length(piece, LENGTH // 2), of_length(piece, LENGTH)
        spent = seconds(pattern, long)
        for _ in range(TRIES):
            if spent <= MOST_S:
                break
            spent = min(spent, seconds(pattern, long))
        assert spent <= MOST_S, (repr(piece), spent)
        if spent > FLOOR_S:
            ratio = min(
                seconds(pattern, long) / max(seconds(pattern, short), FLOOR_S / 4)
                for _ in range(TRIES)
            )
            assert ratio <= GROWTH, (repr(piece), ratio, spent)


def test_there_are_patterns_and_a_bad_one_is_noticed() -> None:
    assert len(patterns()) > 20
    bad = re.compile(r"(\w+\s*)+:")
    slow = max(seconds(bad, of_length("a", length)) for length in (18, 20))
    assert slow > seconds(bad, of_length("a", 8)) * 20
