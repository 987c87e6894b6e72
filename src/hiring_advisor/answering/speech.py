"""What the advisor says of itself: `speech.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hiring_advisor.corpus.content import read_toml
from hiring_advisor.errors import ContentError

_WANTED = {
    "small_talk": {
        "greeting", "thanks", "goodbye", "bot", "wellbeing", "praise", "complaint", "help",
    },
    "declined": {"off_topic", "not_covered", "no_figures", "orders", "empty"},
    "handoff": {"quote", "meeting", "person"},
    "recommendation": {
        "changed", "understood", "nothing_known", "reason", "reason_unsaid",
        "against", "against_unsaid", "flip", "no_flip", "new_project",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Speech:
    """The advisor's own lines, by occasion."""

    greeting: str
    suggestions: tuple[str, ...]
    small_talk: Mapping[str, str]
    declined: Mapping[str, str]
    declined_suggestions: tuple[str, ...]
    handoff: Mapping[str, str]
    recommendation: Mapping[str, str]


def load_speech(folder: Path) -> Speech:
    """Read `speech.toml`. Raises `ContentError` that names the lines that are missing."""
    data = read_toml(folder, "speech.toml")
    missing = [
        f"{table}.{name}"
        for table, names in _WANTED.items()
        for name in sorted(names)
        if not isinstance(data.get(table), dict) or not isinstance(data[table].get(name), str)
    ]
    missing += [
        name
        for name, kind in (("greeting", str), ("suggestions", list))
        if not data.get(name) or not isinstance(data[name], kind)
    ]
    if missing:
        raise ContentError(f"speech.toml has no line for {', '.join(missing)}.")
    return Speech(
        greeting=data["greeting"],
        suggestions=tuple(data["suggestions"]),
        small_talk=data["small_talk"],
        declined={k: v for k, v in data["declined"].items() if isinstance(v, str)},
        declined_suggestions=tuple(data["declined"].get("suggestions", ())),
        handoff=data["handoff"],
        recommendation=data["recommendation"],
    )
