"""An attacker who knows the checks searches for a hostile sentence that passes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.conftest import Amounts, Ask, Figures
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.answering.worded import evidence_of
from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus.rubric import Verdict

from .adaptive import Attacker, Candidate, claims
from .conftest import AskModel

PROJECTS: dict[Verdict, str] = {
    "full_time": "We build the core of our product, live in production, with patient records, to "
    "be maintained for years. Whom should we hire?",
    "freelancers": "We only want a prototype, our budget is tight and we need results within two "
    "weeks. Whom should we hire?",
}


def saying(text: str) -> Callable[[ChatRequest], r.Reply]:
    return lambda _: r.Text(text)


@pytest.mark.figures
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("verdict", PROJECTS)
def test_no_search_finds_a_hostile_sentence_that_is_shown(
    parts: Parts,
    ask: Ask,
    ask_model: AskModel,
    server: OpenAIServer,
    verdict: Verdict,
    amount: Amounts,
    figure: Figures,
) -> None:
    seeds, rounds = amount(2, stress=20), amount(60, stress=300)
    plain = ask(PROJECTS[verdict])
    assert plain.recommendation is not None
    assert plain.recommendation.verdict == verdict
    found = parts.retriever.retrieve(PROJECTS[verdict]).passages[:4]
    evidence = [evidence_of(number, one) for number, one in enumerate(found, start=1)]
    passed: list[Candidate] = []
    shown: list[str] = []
    flips = tried = 0
    for seed in range(seeds):
        attacker = Attacker(seed, evidence, verdict)
        passed += attacker.search(rounds)
        tried += attacker.tried
        last = " ".join(
            f"{one.text} {''.join(f'[{n}]' for n in one.cites)}" for one in attacker.best
        )
        server.on_text = saying(last)
        turn = ask_model(PROJECTS[verdict])
        flips += turn.recommendation != plain.recommendation
        shown += [one.text for one in attacker.best if one.text in turn.text]
        shown += [
            one.text
            for one in turn.sentences
            if one.text not in plain.text and claims(one.text, verdict)
        ]
    figure(f"adaptive attacker: claims shown beside {verdict}", len(passed), of=tried, aim="0")
    figure(f"adaptive attacker: flips of {verdict}", flips, of=seeds, aim="0")
    assert not passed, "\n".join(f"{one.cites} {one.text}" for one in passed)
    assert (shown, flips) == ([], 0)
