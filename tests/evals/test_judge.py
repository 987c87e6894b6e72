"""A model as judge: how far it agrees with a person, and what it says of a run's sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.evals.slices import PLACE, command, measured, sentence
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.evals import samples as s
from hiring_advisor.evals.judge import (
    Agreement,
    ModelJudge,
    agreement,
    cited_sentences,
    judged,
    parsed,
)
from hiring_advisor.evals.place import Choice
from hiring_advisor.evals.runs import read
from hiring_advisor.evals.statistics import kappa
from hiring_advisor.prompting import load as load_prompt

KNOWLEDGE = PLACE.knowledge
LABELLED = [one for one in s.load(PLACE.folder, "judge_labels") if isinstance(one, s.Labelled)]
LABEL = {one.sentence: one for one in LABELLED}


def asked(request: ChatRequest) -> str:
    """The sentence that the judge is asked about."""
    text = request.last_user_text
    return text[text.index("<sentence>\n") + len("<sentence>\n") : text.rindex("\n</sentence>")]


def ruling(supported: bool, why: str = "so it is") -> r.Reply:
    return r.Text(json.dumps({"supported": supported, "why": why}))


def judge_at(url: str) -> ModelJudge:
    return ModelJudge("judge", load_prompt(PLACE.folder, "judge"), api_key="any", base_url=url)


async def agreed_at(server: OpenAIServer) -> Agreement:
    judge = judge_at(server.base_url)
    try:
        return await agreement(judge, PLACE.folder, KNOWLEDGE)
    finally:
        await judge.close()


async def test_a_judge_that_sees_it_as_people_do_agrees_wholly(server: OpenAIServer) -> None:
    server.on_text = lambda request: ruling(LABEL[asked(request)].supported)
    found = await agreed_at(server)
    assert found == Agreement(1.0, len(LABELLED), len(LABELLED), 0, ())


async def test_a_judge_that_says_yes_to_all_agrees_no_better_than_chance(
    server: OpenAIServer,
) -> None:
    server.on_text = lambda _: ruling(True)
    found = await agreed_at(server)
    held = [one.id for one in LABELLED if one.supported]
    assert found.kappa == 0.0
    assert found.agreed == len(held) < found.scored == len(LABELLED)
    assert {one for one, *_ in found.disagreements} == {one.id for one in LABELLED} - set(held)


async def test_what_is_no_ruling_counts_neither_way(server: OpenAIServer) -> None:
    """Every third sentence gets words in place of JSON, every fifth a wrong ruling."""
    number = {one.sentence: n for n, one in enumerate(LABELLED)}

    def rule(request: ChatRequest) -> r.Reply:
        one = LABEL[asked(request)]
        if number[one.sentence] % 3 == 0:
            return r.Text("I find that hard to say.")
        wrong = number[one.sentence] % 5 == 0
        return ruling(one.supported != wrong, "I see it otherwise" if wrong else "")

    server.on_text = rule
    found = await agreed_at(server)
    scored = [n for n in range(len(LABELLED)) if n % 3]
    wrong = [n for n in scored if n % 5 == 0]
    assert (found.scored, found.unscored) == (len(scored), len(LABELLED) - len(scored))
    assert found.agreed == len(scored) - len(wrong)
    assert found.disagreements == tuple(
        (LABELLED[n].id, LABELLED[n].supported, "I see it otherwise") for n in wrong
    )
    assert found.kappa == kappa(
        [(LABELLED[n].supported, LABELLED[n].supported != (n in wrong)) for n in scored]
    )
    assert 0 < found.kappa < 1


async def test_a_judge_of_words_alone_has_no_kappa(server: OpenAIServer) -> None:
    server.on_text = lambda _: r.Text("yes")
    assert await agreed_at(server) == Agreement(None, 0, 0, len(LABELLED), ())


async def test_the_judge_is_shown_the_sources_and_the_sentence_and_no_label(
    server: OpenAIServer,
) -> None:
    server.on_text = lambda _: ruling(True)
    await agreed_at(server)
    assert {asked(request) for request in server.requests} == LABEL.keys()
    for request in server.requests:
        one = LABEL[asked(request)]
        assert KNOWLEDGE.text_of(list(one.sections)) in request.last_user_text
        assert one.why not in request.text
        assert request.body["temperature"] == 0


@pytest.mark.parametrize(
    ("reply", "supported"),
    [
        ('{"supported": true, "why": "said"}', True),
        ('```json\n{"supported": false}\n```', False),
        ('```\n{"supported": false}\n```', False),
        ('{"supported": "true"}', None),
        ('{"supported": 1}', None),
        ('{"held": true}', None),
        ("[true]", None),
        ("true", None),
        ("", None),
        ('Sure! {"supported": true}', None),
    ],
)
def test_a_ruling_is_one_json_object_with_a_plain_yes_or_no(
    reply: str, supported: bool | None
) -> None:
    assert parsed(reply).supported is supported


async def test_a_judge_that_is_gone_is_told_in_one_sentence() -> None:
    judge = judge_at("http://127.0.0.1:1/v1")
    with pytest.raises(ModelUnavailable, match=r"^The judge judge does not answer \(\w+\)\.$"):
        await judge.rule("Freelancers are cheap.", "Freelancers are cheap.")
    await judge.close()


@pytest.fixture(scope="module")
def folder(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with a few answers."""
    out = tmp_path_factory.mktemp("judged")
    measured(parts, out, Choice(("grounding",), every=60)).write(out)
    return out


async def test_every_cited_sentence_of_a_run_is_ruled_on_once(
    server: OpenAIServer, folder: Path
) -> None:
    sentences = cited_sentences(read(folder))
    assert len(sentences) > 5
    assert len({(text, *sections) for text, sections in sentences}) == len(sentences)
    server.on_text = lambda request: ruling("freelance" in asked(request).lower())
    judge = judge_at(server.base_url)
    rulings = await judged(judge, sentences, KNOWLEDGE)
    await judge.close()
    assert [one.supported for one in rulings] == [
        "freelance" in text.lower() for text, _ in sentences
    ]


def test_the_command_tells_the_agreement_and_keeps_each_ruling(
    server: OpenAIServer, folder: Path, built_data: Path, tmp_path: Path
) -> None:
    def rule(request: ChatRequest) -> r.Reply:
        one = LABEL.get(asked(request))
        return ruling(one.supported if one is not None else True)

    server.on_text = rule
    ended = command(built_data, tmp_path, "judge", str(folder), "--model", f"j@{server.base_url}")
    assert ended.returncode == 0, ended.stderr
    of_labels, of_run = ended.stdout.splitlines()
    count = len(LABELLED)
    assert of_labels == (
        f"Labelled sentences: {count} of {count} agreed, Cohen's kappa 1.00, 0 unscored."
    )
    sentences = cited_sentences(read(folder))
    assert of_run.startswith("Cited sentences of the run: 100.0 % supported")
    assert f"{len(sentences)} scored, 0 unscored." in of_run
    kept = json.loads((folder / "judge.json").read_text("utf-8"))
    assert [(one["sentence"], one["sections"]) for one in kept] == sentences


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("judge", "--model", "j@http://127.0.0.1:1/v1"), "The judge j does not answer"),
        (("judge",), "OPENAI_API_KEY"),
        (("judge", "nothing", "--model", "j@http://127.0.0.1:1/v1"), "nothing: holds no run"),
    ],
)
def test_the_command_says_in_one_sentence_what_is_missing(
    built_data: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = command(built_data, tmp_path, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in sentence(ended.stderr)
    assert len(ended.stderr.splitlines()) == 1
