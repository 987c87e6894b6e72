"""The table on the terminal, and the raw results for programs."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.plan import Results
from bench.processes import ROOT

COLUMNS = ("what", "found", "floor of this run", "aim", "", "others")


def machine() -> str:
    """What it was measured on, in a few words."""
    version = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {version}"


def show(results: dict[str, Results], seconds: float) -> None:
    """Print the table and keep the raw results in build/bench.json."""
    table = Table(title=f"{machine()}; {seconds:.0f} s")
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for part in results.values():
        for figure in part.figures:
            table.add_row(*figure.cells())
        table.add_section()
    console = Console(width=150, highlight=False)
    console.print(table)
    for part in results.values():
        for note in part.notes:
            console.print(note, soft_wrap=True)
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(raw(results), indent=1), encoding="utf-8")


def raw(results: dict[str, Results]) -> dict[str, Any]:
    """All that was measured."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "parts": {
            name: {
                "figures": [figure.raw() for figure in part.figures],
                "notes": part.notes,
                "raw": part.raw,
            }
            for name, part in results.items()
        },
    }
