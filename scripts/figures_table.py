"""Writes the table of `docs/hardening.md` from the figures that a run of the tests noted.

    FIGURES_FILE=figures.jsonl pytest --stress -m figures
    scripts/figures_table.py figures.jsonl docs/hardening.md "make stress"

Without a document the table is printed alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


Row = dict[str, object]


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table; what was noted several times stands with its worst figure."""
    joined: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = str(row["test"]).split("::")[0], str(row["what"])
        joined[key] = _worse(joined[key], row) if key in joined else row
    lines = ["| what | found | of | aim | shown by |", "| --- | --- | --- | --- | --- |"]
    for (file, what), row in sorted(joined.items()):
        of = "" if row["of"] is None else f"{row['of']:,}"
        lines.append(f"| {what} | {row['found']} | {of} | {row['aim']} | `{file}` |")
    return "\n".join(lines)


def _worse(one: Row, other: Row) -> Row:
    """The larger figure, of all tries together; of texts the last."""
    found, again = one["found"], other["found"]
    if isinstance(found, int | float) and isinstance(again, int | float):
        again = max(found, again)
    tries = [of for of in (one["of"], other["of"]) if isinstance(of, int)]
    return {**other, "found": again, "of": sum(tries) if tries else None}


def machine() -> str:
    """What it was measured on, in a few words."""
    version = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {version}"


def main() -> None:
    """Read the figures, write or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    parser.add_argument("document", type=Path, nargs="?")
    parser.add_argument("command", nargs="?", default="make stress")
    given = parser.parse_args()
    lines = given.figures.read_text(encoding="utf-8").splitlines()
    if not lines:
        sys.exit("No figure was noted: did the tests run?")
    made = table([json.loads(line) for line in lines])
    print(made)
    if given.document is None:
        return
    text = given.document.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        sys.exit(f"{given.document.name} has no place for the table: {BEGIN} … {END}")
    day = datetime.now(UTC).date().isoformat()
    note = f"Made by `{given.command}` on {day}: {machine()}."
    given.document.write_text(f"{head}{BEGIN}\n{note}\n\n{made}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
