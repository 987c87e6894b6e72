"""Embeddings from an OpenAI-compatible endpoint, over the real wire, in fair weather and foul."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.retrieval.conftest import ANSWER, QUESTION, Start, copied, sections
from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_server import OpenAIServer
from tests.stand_ins.openai_wire import dump

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels.console import one_turn
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.retrieval.remote_embeddings import OpenAIEmbeddings

MODEL = "text-embedding-3-small"
KEY = "test-key-that-is-secret"


def body(*vectors: object) -> r.Status:
    """A well-formed answer that holds these as its vectors."""
    data = [{"object": "embedding", "index": n, "embedding": one} for n, one in enumerate(vectors)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return r.Status(200, body={"object": "list", "data": data, "model": MODEL, "usage": usage})


FAULTS: dict[str, r.Reply] = {
    "401": r.Status(401),
    "404": r.Status(404),
    "429": r.Status(429, retry_after=0),
    "500": r.Status(500),
    "503": r.Status(503, retry_after=0),
    "connection closed": r.Drop(),
    "connection reset": r.Drop(reset=True),
    "silence": r.Hang(),
    "headers, then silence": r.HeadersThenHang(),
    "cut in the middle": r.CutAfter(),
    "broken JSON": r.InvalidJSONBody(),
    "a page of a proxy": r.HtmlPage(),
    "an empty object": r.Status(200, body={}),
    "null for data": r.Status(200, body={"object": "list", "data": None, "model": MODEL}),
    "no vector": body(),
    "a vector too many": body([1.0, 0.0], [0.0, 1.0]),
    "zeros": body([0.0, 0.0, 0.0]),
    "an empty vector": body([]),
    "words for numbers": body(["a", "b"]),
    "null for a vector": body(None),
    "a number for a vector": body(1.0),
    "not a number": r.Status(
        200, body=dump({"x": 0}).replace(b'"x":0', b'"data":[{"embedding":[NaN,1.0]}]')
    ),
    "beyond all numbers": body([1e300, 1e300]),
}


@pytest.fixture(scope="module")
def running() -> Iterator[OpenAIServer]:
    with OpenAIServer() as one:
        yield one


@pytest.fixture
def server(running: OpenAIServer) -> OpenAIServer:
    running.reset()
    return running


@pytest.fixture
def embedder(server: OpenAIServer) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(MODEL, api_key=KEY, base_url=server.base_url, timeout_s=0.3)


@pytest.fixture(scope="module")
def given(running: OpenAIServer) -> dict[str, str]:
    """Settings that ask for embeddings from the stand-in."""
    return {
        "ADVISOR_EMBEDDING": f"openai:{MODEL}",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": running.base_url,
        "ADVISOR_MODE": "embedded",
    }


@pytest.fixture(scope="module")
def remote(
    running: OpenAIServer,
    given: dict[str, str],
    start: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Parts:
    """The parts with an index of remote embeddings."""
    running.reset()
    parts = start(tmp_path_factory.mktemp("remote"), **given)
    assert parts.attach_index()
    return parts


def test_vectors_are_of_unit_length_in_the_order_of_their_texts(
    embedder: OpenAIEmbeddings, server: OpenAIServer
) -> None:
    texts = [f"text {number}" for number in range(300)]
    vectors = embedder.embed(texts)
    assert vectors.shape == (300, embedder.dimensions)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(300), abs=1e-5)
    alone = embedder.embed([texts[200]])[0]
    assert vectors[200] @ alone == pytest.approx(1, abs=1e-5)
    assert vectors[199] @ alone < 0.99
    assert len(server.embeddings_requests) > 2
    assert server.refused == []


def test_vectors_that_are_not_of_unit_length_are_brought_to_it(
    embedder: OpenAIEmbeddings, server: OpenAIServer
) -> None:
    server.on_embeddings = lambda _: body([3.0, 4.0])
    assert embedder.embed(["x"])[0] == pytest.approx([0.6, 0.8])


def test_the_model_is_part_of_the_name_that_marks_an_index(embedder: OpenAIEmbeddings) -> None:
    assert MODEL in embedder.name
    assert KEY not in embedder.name


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_fault_becomes_model_unavailable(
    embedder: OpenAIEmbeddings, server: OpenAIServer, fault: r.Reply
) -> None:
    server.on_embeddings = lambda _: fault
    before = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        embedder.embed(["Whom should we hire?"])
    assert time.monotonic() - before < 4
    assert caught.value.reason
    for private in (KEY, server.base_url, "Whom"):
        assert private not in caught.value.message


def test_a_server_that_is_down_becomes_model_unavailable(
    embedder: OpenAIEmbeddings, server: OpenAIServer
) -> None:
    with server.down(), pytest.raises(ModelUnavailable):
        embedder.embed(["x"])
    assert embedder.embed(["x"]).shape[0] == 1


def test_one_failure_is_tried_again(embedder: OpenAIEmbeddings, server: OpenAIServer) -> None:
    replies = iter([r.Status(503, retry_after=0), r.Text()])
    server.on_embeddings = lambda _: next(replies)
    assert embedder.embed(["x"]).shape[0] == 1


def test_an_index_of_remote_embeddings_is_built_and_answers(
    remote: Parts, server: OpenAIServer
) -> None:
    found = remote.retriever.retrieve(QUESTION)
    assert not found.lexical_only
    assert ANSWER in sections(found)
    assert server.refused == []


def test_the_next_start_embeds_a_few_texts_only(remote: Parts, server: OpenAIServer) -> None:
    """Every text that is sent costs money: the canaries are few."""
    again = Parts(remote.settings)
    assert again.attach_index()
    sent = sum(len(request.texts) for request in server.embeddings_requests)
    assert 0 < sent < len(remote.library.chunks)


@pytest.mark.parametrize("name", ["503", "connection closed", "a page of a proxy", "not a number"])
def test_retrieval_goes_on_with_words_alone(remote: Parts, server: OpenAIServer, name: str) -> None:
    server.on_embeddings = lambda _: FAULTS[name]
    found = remote.retriever.retrieve(QUESTION)
    assert found.lexical_only
    assert ANSWER in sections(found)
    server.reset()
    assert not remote.retriever.retrieve(QUESTION).lexical_only


def test_a_start_without_the_service_answers_by_words_alone(
    remote: Parts, server: OpenAIServer, given: dict[str, str], start: Start, tmp_path: Path
) -> None:
    data_dir = copied(remote.settings.data_dir, tmp_path)
    with server.down():
        parts = start(data_dir, **given)
        assert not parts.attach_index()
        found = parts.retriever.retrieve(QUESTION)
    assert found.lexical_only
    assert ANSWER in sections(found)
    assert parts.attach_index()
    assert not parts.retriever.retrieve(QUESTION).lexical_only


def test_a_service_that_is_down_is_left_alone_until_it_is_back(
    remote: Parts, server: OpenAIServer, given: dict[str, str], start: Start, tmp_path: Path
) -> None:
    """A whole turn meanwhile: cited, with words alone noted in its trace."""
    data_dir = copied(remote.settings.data_dir, tmp_path)
    parts = start(data_dir, **given)
    parts.keeper._every_s = parts.keeper._pause_s = 0.2
    assert parts.attach_index()
    parts.keeper.watch()
    assert parts.keeper.state == "ok"
    with server.down():
        deadline = time.monotonic() + 20
        while parts.keeper.cause != "embeddings":
            turn = one_turn(parts.advisor, QUESTION)
            assert turn.trace["lexical_only"]
            assert turn.citations
            assert time.monotonic() < deadline
    deadline = time.monotonic() + 30
    while not parts.retriever.has_vectors:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert parts.keeper.reason == ""
    assert not parts.retriever.retrieve(QUESTION).lexical_only
    parts.keeper.close()
