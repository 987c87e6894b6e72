"""What an honest model would write: sentences that stand on the passages of its prompt."""

from __future__ import annotations

import re

# A passage as the prompt numbers it, cut after its first sentence.
_PASSAGE = re.compile(r"^\[(\d+)\] [^\n]*?: ([A-Z][^\n]*?[.!?])(?=\s|$)", re.MULTILINE)


def grounded(prompt: str, count: int) -> list[str]:
    """The first sentence of each of `count` passages, with its number and a blank at the end."""
    found = _PASSAGE.findall(prompt)
    assert len(found) >= count, f"the prompt has {len(found)} passages"
    return [f"{text} [{number}] " for number, text in found[:count]]
