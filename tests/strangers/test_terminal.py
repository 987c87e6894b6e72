"""The command line prints nothing that a terminal obeys, whoever wrote the words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.conftest import Ask, Figures

from hiring_advisor.answering.turn import Sentence
from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels import cli
from hiring_advisor.channels.console import Console

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)]
HOSTILE = [*CONTROLS, "\x1b[31m", "\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\x1b]8;;x\x1b\\\\"]
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.figures
def test_a_turn_is_printed_without_controls(
    parts: Parts, ask: Ask, capsys: pytest.CaptureFixture[str], figure: Figures
) -> None:
    turn = ask("We want a demo on a tight budget. Whom should we hire?")
    assert turn.citations
    for hostile in HOSTILE:
        heading = replace(turn.citations[0], heading=f"a{hostile}b", quote=f"c{hostile}d")
        said = replace(
            turn,
            sentences=[Sentence(f"before {hostile} after", (1,))],
            citations=[heading],
        )
        Console(parts.rubric).show(said)
    printed = capsys.readouterr().out
    found = OBEYED.findall(printed)
    figure("controls printed by the command line", len(found), of=len(HOSTILE), aim="0")
    assert printed.count("before") == len(HOSTILE)
    assert found == []


def test_json_and_refusals_hold_none_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, parts: Parts
) -> None:
    monkeypatch.setattr(cli, "_parts", lambda: parts)
    for hostile in HOSTILE:
        cli._print_json({"text": hostile})
        monkeypatch.setattr("sys.argv", ["hiring-advisor", "score", "--fact", f"a{hostile}=b"])
        with pytest.raises(SystemExit):
            cli.main()
    captured = capsys.readouterr()
    assert captured.err.count("--fact") == len(HOSTILE)
    assert OBEYED.findall(captured.out + captured.err) == []
