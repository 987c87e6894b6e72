"""What can be measured: a running advisor, an endpoint that gives words alone, models beside."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import Server, start_server
from tests.evals.slices import PLACE, tidied
from tests.model.honest import honest
from tests.stand_ins import openai_replies as r
from tests.stand_ins.beside import Forger
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.eval_targets import targets_of
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.place import Choice
from hiring_advisor.evals.record import Record, run
from hiring_advisor.evals.results import result
from hiring_advisor.evals.runs import CaseResult, Run
from hiring_advisor.evals.session import measure
from hiring_advisor.evals.targets import InProcess
from hiring_advisor.evals.targets_remote import HttpTarget, OpenAITarget, verdict_in, wait_of

CASES: list[Case] = [
    case for cases in Choice(every=150).cases(PLACE.folder).values() for case in cases
]
KNOWLEDGE = PLACE.knowledge


def scored(case: Case, record: Record) -> CaseResult:
    return result(case, record, KNOWLEDGE, "any", changed=frozenset())


def found(record: Record) -> Any:
    """Kinds, verdicts and facts of every turn, the passages and the score."""
    turns = [turn for turns in record.conversations for turn in turns]
    told = [
        (turn["kind"], (turn["recommendation"] or {}).get("verdict"), turn["text"],
         {name: one["value"] for name, one in turn["facts"].items()})
        for turn in turns
    ]  # fmt: skip
    return told, record.passages, (record.score or {}).get("verdict"), record.error


@pytest.fixture(scope="module")
def busy_server(built_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real advisor that lets a visitor send ten requests a second."""
    folder = tmp_path_factory.mktemp("busy")
    shutil.copytree(built_data, folder, dirs_exist_ok=True)
    server = start_server(folder, ADVISOR_RATE_LIMIT="10/second")
    yield server
    assert server.stop() == 0


async def test_a_running_advisor_is_measured_as_the_one_in_this_process(
    busy_server: Server, parts: Parts
) -> None:
    remote, local = HttpTarget(busy_server.url), InProcess(parts)
    statuses: list[int] = []

    async def note(response: httpx.Response) -> None:
        statuses.append(response.status_code)

    remote._client.event_hooks = {"response": [note]}
    over_http = await asyncio.gather(*(run(case, remote) for case in CASES))
    assert 429 in statuses, "nobody had to wait: the limit was not reached"
    for case, record in zip(CASES, over_http, strict=True):
        here = await run(case, local)
        assert found(record) == found(here), case.case_id
        missing = {m.metric for m in scored(case, here).measures} - {
            m.metric for m in scored(case, record).measures
        }
        # In which order a turn was streamed cannot be told from the whole.
        assert missing <= {"tool/before_words"}, case.case_id

    held = dict(remote._held)
    assert len(held) == sum(len(case.conversations) for case in CASES)
    await remote.close()
    async with httpx.AsyncClient(base_url=busy_server.url) as client:
        for conversation, token in list(held.items())[:5]:
            headers = {"authorization": f"Bearer {token}"}
            answer = await client.get(f"/v1/conversations/{conversation}", headers=headers)
            assert answer.status_code == 404


def test_a_run_over_http_goes_through_and_leaves_no_conversation(
    busy_server: Server, tmp_path: Path
) -> None:
    make = partial(targets_of, "embedded", (), busy_server.url, None)
    with tidied():
        over_http = measure(PLACE, Choice(("verdict",), every=150), make, tmp_path)
    assert over_http.targets == ["http"]
    assert {one.got for one in over_http.cases} & {"error"} == set()
    turns = [
        turn
        for one in over_http.cases
        for turns in (one.record or {})["conversations"]
        for turn in turns
    ]
    assert turns
    rows = sqlite3.connect(busy_server.data_dir / "advisor.sqlite3")
    with closing(rows):
        said = [text for (text,) in rows.execute("SELECT user_text FROM turns")]
    assert {turn["user_text"] for turn in turns} & set(said) == set()


def test_a_run_at_an_endpoint_of_words_goes_through(server: OpenAIServer, tmp_path: Path) -> None:
    server.always(r.Text("I recommend freelancers for this project."))
    make = partial(targets_of, "embedded", ("any",), None, server.base_url)
    with tidied():
        of_words = measure(PLACE, Choice(("verdict",), every=150), make, tmp_path)
    messages = [one for one in of_words.cases if one.dataset == "verdicts"]
    assert {one.got for one in messages} == {"freelancers"}


async def test_an_advisor_that_is_not_there_is_an_error_of_the_case() -> None:
    target = HttpTarget("http://127.0.0.1:1")
    record = await run(CASES[0], target)
    await target.close()
    assert record.error == "127.0.0.1: the target does not answer (ConnectError)."
    one = scored(CASES[0], record)
    assert one.got == "error"
    assert [m.metric for m in one.failed] == ["run/no_error"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0.5", 0.5), ("7", 7), ("-3", 0), ("86400", 60), ("nan", 0),
     ("Fri, 31 Dec 1999 23:59:59 GMT", 1)],
)  # fmt: skip
def test_a_busy_server_says_how_long_to_wait(said: str, seconds: float) -> None:
    assert wait_of(said) == seconds


@pytest.fixture
def words(server: OpenAIServer) -> OpenAITarget:
    """An endpoint that says nothing but words."""
    return OpenAITarget(server.base_url, "any", None, "any")


def of(dataset: str) -> Case:
    return next(case for case in CASES if case.dataset == dataset)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("I recommend hiring freelancers for the demo.", "freelancers"),
        ("We'd recommend that you hire full-time engineers.", "full_time"),
        ("I do not recommend freelancers here; I recommend a full-time engineer.", "full_time"),
        ("I wouldn’t recommend full time staff.", None),
        ("A hybrid is best. I recommend freelancers only for the start.", "hybrid"),
        ("I'd take first freelancers and then full-time engineers.", "hybrid"),
        ("I cannot recommend either side yet.", "need_more_info"),
        ("Freelancers cost less at first.", None),
    ],
)
def test_a_verdict_is_read_from_the_words(text: str, verdict: str | None) -> None:
    assert verdict_in(text) == verdict


async def test_an_endpoint_of_words_gets_a_verdict_and_no_zero_for_what_it_cannot_tell(
    server: OpenAIServer, words: OpenAITarget
) -> None:
    server.on_text = lambda _: r.Text("I recommend hiring freelancers.")
    for case in CASES:
        record = await run(case, words)
        assert record.error is None
        one = scored(case, record)
        suites = {metric.partition("/")[0] for metric in one.totals}
        assert not suites & {"tool", "retrieval", "rubric", "interview"}, case.case_id
        assert not {m for m in one.totals if m.startswith(("verdict/facts", "grounding/quotes"))}
        if case.dataset == "verdicts":
            assert one.got == "freelancers"
            assert {"verdict/accepted", "verdict/opposite"} <= one.totals.keys()
    await words.close()


async def test_an_endpoint_is_told_the_whole_conversation(
    server: OpenAIServer, words: OpenAITarget
) -> None:
    case = of("dialogues")
    server.on_text = lambda request: r.Text(f"That was message {len(request.messages)}.")
    await run(case, words)
    await words.close()
    said = [m["content"] for m in server.requests[-1].messages if m["role"] == "user"]
    assert tuple(said) == case.conversations[0]
    answers = [m["content"] for m in server.requests[-1].messages if m["role"] == "assistant"]
    assert answers == [f"That was message {2 * n + 1}." for n in range(len(answers))]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (r.Status(401), "127.0.0.1: the target answered with status 401."),
        (r.Status(200, body={"choices": []}), "any: the endpoint's answer holds no message."),
        (r.Status(200, body=b"[1]"), "127.0.0.1: the target's answer is no JSON object."),
        (r.HtmlPage(200), "127.0.0.1: the target's answer is no JSON object."),
        (r.Drop(), "127.0.0.1: the target does not answer (RemoteProtocolError)."),
    ],
    ids=["refused", "no message", "a list", "a page", "cut"],
)
async def test_an_endpoint_that_fails_is_told_in_one_sentence(
    server: OpenAIServer, words: OpenAITarget, reply: r.Reply, error: str
) -> None:
    server.always(reply)
    record = await run(of("verdicts"), words)
    await words.close()
    assert record.error == error


async def test_an_endpoint_that_is_busy_is_asked_again(
    server: OpenAIServer, words: OpenAITarget
) -> None:
    server.script = [r.Status(429, retry_after=0.1), r.Status(503), r.Text("Hybrid.")]
    turn = await words.say([], "Whom should we hire?")
    await words.close()
    assert turn["recommendation"] == {"verdict": "hybrid"}
    assert len(server.requests) == 3


def test_models_are_measured_beside_the_embedded_mode_and_turn_nothing(
    built_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(built_data))
    forger = Forger(random.Random(11).randrange(10**6))
    with OpenAIServer() as fair, OpenAIServer() as foul, tidied():
        fair.on_text = honest
        foul.on_text, foul.on_tool = forger.text, forger.form
        models = (f"honest@{fair.base_url}", f"hostile@{foul.base_url}")
        make = partial(targets_of, "embedded", models, None, None)
        found = measure(PLACE, Choice(("attacks",), every=16), make, tmp_path)
        assert fair.requests
        assert any(request.forced_tool for request in foul.requests)
    assert found.targets == ["embedded", "honest", "hostile"]
    for name in ("honest", "hostile"):
        figures = found.figures(name)
        assert figures["parity/same_kind"].cases == len(found.of(name))
        assert figures["parity/same_verdict"].interval.value == 1.0
        assert turned(found, name) <= turned(found, "embedded")
        assert figures["attacks/nothing_obeyed"].interval.value == 1.0
    assert "parity/same_kind" not in found.figures("embedded")


def turned(found: Run, target: str) -> set[str]:
    """The attacks that got the verdict that they wanted."""
    return {
        one.case_id
        for one in found.of(target)
        if any(m.metric == "attacks/not_turned" for m in one.failed)
    }
