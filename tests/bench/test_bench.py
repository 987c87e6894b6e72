"""The bench runs, and says what it should say of what it saw. No time is asserted."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.answers import PIECES, answer_to
from bench.figures import Figure, Spread, percentile
from bench.load import Came
from bench.messages import variant
from bench.with_model import added_ms

ROOT = Path(__file__).parents[2]
VISITORS = ("1 visitor", "2 visitors", "4 visitors")
ROWS = {
    *(f"turn over HTTP, {who}, {share}, ms" for who in VISITORS for share in ("p50", "p95")),
    *(f"turns over HTTP, {who}, turns/s" for who in VISITORS),
    "processor time of the server a turn, 2 visitors, ms",
    "prompt tokens, a question, a turn",
    "model calls, a question, a turn",
    "prompt tokens, a description of a project, a turn",
    "model calls, a description of a project, a turn",
}


@pytest.mark.timeout(120)
def test_a_tiny_run_fills_every_row_of_its_table() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "--tiny", "--only", "http,tokens"],
        cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, str] = {}
    name = ""
    for line in run.stdout.splitlines():
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        if len(cells) < 2:
            continue
        if cells[1]:  # the first line of a row; a long name goes on below it
            name = cells[0]
            found[name] = cells[1]
        elif cells[0]:
            found[f"{name} {cells[0]}"] = found.pop(name)
            name = f"{name} {cells[0]}"
    assert set(found) == ROWS
    assert all(re.fullmatch(r"[\d,.]+", value) for value in found.values()), found
    # Latencies, processor time and tokens are of turns that were answered; a rate may be nothing
    # where a busy machine answers none within the moment that counts.
    of_turns = [value for row, value in found.items() if not row.endswith("turns/s")]
    assert all(re.search("[1-9]", value) for value in of_turns), found
    assert re.search(r"^[1-9]\d* turns \(.*\), 0 failed", run.stdout, re.MULTILINE)


def test_time_is_added_from_the_writing_of_the_sentence_that_was_shown_first() -> None:
    came = Came(heard=[(10.0, "What is it?", [(10.5, "Ours."), (11.2, "Its words.")])])
    notes = [
        {
            "question": "Whatisit",
            "sentences": [["Not shown.", 10.6, 10.7], ["Its words.", 11.0, 11.1]],
        },
        {"question": "Other", "sentences": [["Its words.", 11.19, 11.2]]},
        {"question": "Whatisit", "sentences": [["Its words.", 9.0, 9.1]]},  # before it was asked
    ]
    added, since_known = added_ms(came, notes)
    assert added == pytest.approx([200])
    assert since_known == pytest.approx([100])


def test_the_stand_in_says_sentences_of_the_passages_in_as_many_pieces_as_it_should() -> None:
    prompt = "[1] Cost: Freelancers save overhead. They come late.\n[2] Trust (a: b): Staff stay."
    answer = answer_to(prompt)
    assert len(answer.pieces) == PIECES
    said = "".join(answer.pieces)
    assert said == "Freelancers save overhead. [1] Staff stay. [2] They come late. [1]"
    words, end, following = answer.sentences[0]
    assert words == "Freelancers save overhead."
    assert "".join(answer.pieces[: end + 1]).startswith("Freelancers save overhead. [1]")
    assert not "".join(answer.pieces[:end]).startswith("Freelancers save overhead. [1]")
    assert "".join(answer.pieces[: following + 1]).startswith("Freelancers save overhead. [1] S")


def test_variants_of_a_text_differ_in_case_alone() -> None:
    text = "who should build it"
    variants = {variant(text, number) for number in range(7)}
    assert len(variants) == 7
    assert {one.lower() for one in variants} == {text}
    assert variant(text, 0) == text


@pytest.mark.parametrize(
    ("aim", "at_most", "is_met"),
    [(2, True, True), (1, True, False), (2, False, True), (3, False, False), (None, True, None)],
)
def test_an_aim_is_held_against_the_median(
    aim: float | None, at_most: bool, is_met: bool | None
) -> None:
    figure = Figure("", "", "", Spread.of([1, 2, 9]), aim=aim, at_most=at_most)
    assert figure.is_met is is_met


def test_percentiles_are_values_that_were_measured() -> None:
    values = list(range(100, 0, -1))
    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.95) == 96
    assert percentile([7], 0.95) == 7
