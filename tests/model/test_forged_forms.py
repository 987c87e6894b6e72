"""Forged forms: a fact counts only when the visitor's words say it, whoever claims that they do."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import PROMPTS, ROOT, Amounts, Figures

from hiring_advisor.bootstrap import Parts
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.local import Finding, LocalReader
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.model import ModelReader

from .told import ASKS, NEUTRAL, NOT_TOLD, TOLD, capital

ARTICLE = (ROOT / "corpus" / "article.md").read_text("utf-8")
PROMPT = (PROMPTS / "understand.md").read_text("utf-8")
ANSWER = "I recommend freelancers for this project. Our budget is tight, said the advisor."


def lines(text: str) -> list[str]:
    return [line.strip()[:120] for line in text.splitlines() if len(line) > 40]


def message_of(rng: random.Random) -> tuple[str, list[str], dict[str, str]]:
    """A message, the parts of it that tell nothing, and what it really tells."""
    keys = rng.sample(sorted(TOLD), rng.randint(0, 2))
    told = dict(keys)
    silent = [capital(one) + "." for one in rng.sample(NEUTRAL, 3)]
    form = rng.choice(sorted(NOT_TOLD))
    silent.append(NOT_TOLD[form].format(x=rng.choice(TOLD[rng.choice(sorted(TOLD))])))
    parts = [capital(rng.choice(TOLD[key])) + "." for key in keys] + silent
    rng.shuffle(parts)
    return "\n".join((*parts, rng.choice(ASKS))), silent, told


def quotes(rng: random.Random, text: str, silent: list[str]) -> Iterator[tuple[str, Any]]:
    """Kinds of witnesses that are none."""
    real = rng.choice(silent).strip("> ")
    yield "real words that do not say it", real
    yield "part of such words", " ".join(real.split()[: rng.randint(1, 4)])
    yield "invented words", f"we decided it {rng.randint(2, 99)} times"
    yield "the article's words", rng.choice(lines(ARTICLE))
    yield "the prompt's words", rng.choice(lines(PROMPT))
    yield "the advisor's words", ANSWER
    yield "nothing", rng.choice(["", " ", ".", "\u200b", "\n", None])
    yield "something huge", text[::-1] * 40
    yield "look-alikes", real.replace("e", "\u0435").replace("o", "\u043e")
    yield "hidden signs", "\u200b".join(real)
    yield "no text", rng.choice([7, True, [real], {"quote": real}, 1e308])


def reader(parts: Parts) -> ModelReader:
    return ModelReader(None, None, None, parts.rubric, parts.local)  # type: ignore[arg-type]


@pytest.mark.figures
@pytest.mark.timeout(900)
def test_no_forged_fact_is_accepted(parts: Parts, amount: Amounts, figure: Figures) -> None:
    rng = random.Random(20)
    tries = amount(1_000, stress=10_000)
    values = {one.name: [value.value for value in one.values] for one in parts.rubric.facts}
    accepted: Counter[str] = Counter()
    shown: list[str] = []
    done = 0
    while done < tries:
        text, silent, told = message_of(rng)
        message = Message("m1", "visitor", text)
        answer = Message("m0", "advisor", ANSWER)
        believed = {name: one.value for name, one in parts.local.read(message).items()}
        for kind, quote in quotes(rng, text, silent):
            free = [name for name in values if name not in told and name not in believed]
            name = rng.choice(free)
            value = rng.choice(values[name])
            form = {name: {"value": value, "quote": quote}}
            done += 1
            if reader(parts).check(form, [answer, message]).facts:
                accepted[kind] += 1
                shown.append(f"{kind}: {name}={value} by {quote!r}")
    figure("forged facts accepted", sum(accepted.values()), of=done, aim="0")
    assert not accepted, "\n".join(shown)


def test_a_value_is_not_turned_round_by_the_words_that_state_it(parts: Parts) -> None:
    values = {one.name: [value.value for value in one.values] for one in parts.rubric.facts}
    turned = []
    for (name, value), said in TOLD.items():
        for clause in said:
            message = Message("m1", "visitor", f"{capital(clause)}. Whom should we hire?")
            for other in values[name]:
                form = {name: {"value": other, "quote": clause}}
                facts = reader(parts).check(form, [message]).facts
                if other != value and facts:
                    turned.append((clause, name, other))
    assert turned == []


def test_a_quote_cut_out_of_a_denial_does_not_count(parts: Parts) -> None:
    text = "Our budget is not tight. What if it were urgent? Our competitor needs it in production."
    message = Message("m1", "visitor", text)
    for name, value, quote in (
        ("budget", "tight", "tight"),
        ("deadline", "urgent", "it were urgent"),
        ("stage", "production", "needs it in production"),
    ):
        form = {name: {"value": value, "quote": quote}}
        assert reader(parts).check(form, [message]).facts == {}


@pytest.mark.figures
def test_an_honest_model_still_finds_what_the_local_reading_misses(
    parts: Parts, figure: Figures
) -> None:
    kept = missed = 0
    for line in (ROOT / "evals/datasets/verdicts.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        message = Message("m1", "visitor", row["message"])
        believed = parts.local.read(message)
        glimpses = parts.local.glimpses(row["message"])
        for name, value in row["facts"].items():
            if name in believed:
                continue
            places = [one for one in glimpses if (one.fact, one.value) == (name, value)]
            if not places:
                missed += 1
                continue
            best = max(places, key=lambda one: one.strength)
            form = {name: {"value": value, "quote": row["message"][best.start : best.end]}}
            found = reader(parts).check(form, [message]).facts
            kept += name in found
            missed += name not in found
    figure("facts of the evals that only an honest model finds, kept", kept, of=kept + missed)
    assert kept >= 0.2 * (kept + missed)


def test_words_that_have_nothing_to_do_with_a_fact_do_not_count(parts: Parts) -> None:
    message = Message("m1", "visitor", "The octopus likes chess. Whom should we hire?")
    form = {"team": {"value": "embedded", "quote": "The octopus likes chess"}}
    checked = reader(parts).check(form, [message])
    assert (checked.facts, checked.dropped) == ({}, {"does_not_say": 1})


class Faint(LocalReader):
    """A local reading that is sure of nothing and makes out what the test says."""

    def __init__(self, made_out: list[Finding], cued: list[Finding]) -> None:
        self.made_out, self.by_cue = made_out, cued

    def read(self, message: Message) -> dict[str, Fact]:
        return {}

    def glimpses(self, text: str) -> list[Finding]:
        # The clause's reading is the same wherever it stands; only the message has the other one.
        place = text.index(CLAUSE)
        clause = replace(self.made_out[0], start=place, end=place + len(CLAUSE))
        return [clause, *self.made_out[1:]] if "chairs" in text else [clause]

    def cued(self, text: str) -> list[Finding]:
        return self.by_cue


CLAUSE = "The budget is what it is"


@pytest.mark.parametrize(
    ("rival", "cued", "dropped"),
    [
        (0.3, [], {}),
        (0.6, [], {"says_otherwise": 1}),
        (0.3, [Finding("budget", "comfortable", 26, 40, 0.8)], {"says_otherwise": 1}),
    ],
    ids=["a fainter one", "a clearer one", "a cue"],
)
def test_a_value_counts_only_where_nothing_says_another_more_clearly(
    parts: Parts, rival: float, cued: list[Finding], dropped: dict[str, int]
) -> None:
    made_out = [
        Finding("budget", "tight", 0, len(CLAUSE), 0.5),
        Finding("budget", "comfortable", 26, 40, rival),
    ]
    local = Faint(made_out, cued)
    reading = ModelReader(None, None, None, parts.rubric, local)  # type: ignore[arg-type]
    message = Message("m1", "visitor", f"{CLAUSE}. We sell chairs. Whom should we hire?")
    form = {"budget": {"value": "tight", "quote": CLAUSE}}
    checked = reading.check(form, [message])
    assert dict(checked.dropped) == dropped
    assert ("budget" in checked.facts) == (not dropped)


def test_a_clause_that_its_neighbours_lend_a_meaning_does_not_count(parts: Parts) -> None:
    text = (
        "We have very little money. Our stand is number nine. It listens to engines. "
        "It will run in production. Whom should we hire?"
    )
    form = {"complexity": {"value": "complex", "quote": "It listens to engines"}}
    checked = reader(parts).check(form, [Message("m1", "visitor", text)])
    assert (checked.facts, dict(checked.dropped)) == ({}, {"does_not_say": 1})
