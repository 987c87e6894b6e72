"""The table on the terminal, the raw results for programs, and `docs/performance.md`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.plan import Results
from bench.processes import ROOT

COLUMNS = ("what", "found", "floor of the same run", "aim", "", "others")
TITLES = {
    "http": "Embedded turns over HTTP",
    "model": "Turns with a model",
    "cold": "Cold starts",
    "memory": "Memory",
    "tokens": "Prompt tokens and model calls",
    "retrieval": "Retrieval by size of the corpus",
}
RAW = ROOT / "build" / "bench.json"
DOCUMENT = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def machine() -> str:
    """What it was measured on, in a few words."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def show(results: dict[str, Results], seconds: float) -> None:
    """Print the table."""
    table = Table(title=f"{machine()}; {seconds:.0f} s")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for part in results.values():
        for figure in part.figures:
            table.add_row(*figure.cells())
        table.add_section()
    console = Console(width=150, highlight=False, markup=False)
    console.print(table)
    for part in results.values():
        for line in (*part.notes, part.text):
            if line:
                console.print(line, soft_wrap=True)


def keep(results: dict[str, Results], command: str) -> dict[str, Any]:
    """Put the results into build/bench.json, beside parts that were measured before."""
    known: dict[str, Any] = {}
    if RAW.exists():
        known = json.loads(RAW.read_text(encoding="utf-8"))["parts"]
    for name, part in results.items():
        known[name] = {
            "made": datetime.now(UTC).date().isoformat(),
            "command": command,
            "machine": machine(),
            "rows": [figure.cells() for figure in part.figures],
            "figures": [figure.raw() for figure in part.figures],
            "notes": part.notes,
            "raw": part.raw,
            "text": part.text,
        }
    everything = {"parts": {name: known[name] for name in TITLES if name in known}}
    RAW.parent.mkdir(exist_ok=True)
    RAW.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    return everything


def write(everything: dict[str, Any], document: Path = DOCUMENT, images: Path = IMAGES) -> None:
    """Write what is between the document's markers, and draw the plots."""
    from bench import plots

    head, found, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not found or not ended:
        raise SystemExit(f"{document.name} has no place for the tables: {BEGIN} … {END}")
    drawn = plots.draw(everything["parts"], images)
    made = "\n\n".join(_sections(everything["parts"], drawn))
    document.write_text(f"{head}{BEGIN}\n{made}\n{END}{tail}", encoding="utf-8")


def _sections(parts: dict[str, Any], drawn: dict[str, list[tuple[str, str]]]) -> Iterable[str]:
    for name, part in parts.items():
        if not part["rows"] and not part["text"]:
            continue
        yield f"## {TITLES[name]}"
        yield f"`{part['command']}` on {part['made']}: {part['machine']}."
        if part["rows"]:
            yield _table(COLUMNS, part["rows"])
        yield from part["notes"]
        if part["text"]:
            yield part["text"] if part["text"].startswith("|") else f"```\n{part['text']}\n```"
        for image, caption in drawn.get(name, []):
            yield f"![{caption}](images/{image})"
        if imports := part["raw"].get("imports_ms"):
            total = imports.pop("all")
            yield f"Imports of `ask`, {total:.0f} ms in all; packages by their own modules' time:"
            yield _table(("package", "ms"), [[f"`{one}`", f"{ms}"] for one, ms in imports.items()])
        if imports := part["raw"].get("imports_mb"):
            yield "What each import adds, after those above it:"
            yield _table(("import", "MB"), [[f"`{one}`", f"{mb}"] for one, mb in imports.items()])


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(columns)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
