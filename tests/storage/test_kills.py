"""Processes killed with SIGKILL at any moment, under load, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT, Amounts, Figures

PROGRAM = Path(__file__).with_name("kill_rounds.py")


@pytest.mark.figures
@pytest.mark.timeout(900)
def test_kills_lose_nothing_that_was_acknowledged_and_make_nothing_half_whole(
    database_url: str, amount: Amounts, figure: Figures
) -> None:
    """Both databases have half of the kills each."""
    kills = amount(100, stress=500)
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), database_url, str(kills), "7"],
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    counted = json.loads(ended.stdout)
    name = "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
    figure(f"{name}: kill -9 while turns are stored", kills, of=kills)
    acknowledged = counted["acknowledged"]
    figure(f"{name}: acknowledged writes lost by them", counted["lost"], of=acknowledged, aim="0")
    figure(f"{name}: half turns shown as whole after them", counted["half"], of=kills, aim="0")
    assert acknowledged > 2 * kills
    assert counted["running"] > kills / 10, "the kills hit turns at work"
    assert (counted["lost"], counted["half"], counted["gaps"]) == (0, 0, 0)
