"""From a question to passages: ranks, floor, determinism, and what happens to odd texts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import CORPUS, make_settings
from tests.retrieval.conftest import ANSWER, QUESTION, Start, sections

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.retrieval.embeddings import Vectors
from hiring_advisor.retrieval.retriever import Retriever

OFF_TOPIC = [
    "who won the champions league last year",
    "how do i make carbonara without cream",
    "What's the capital of Mongolia?",
    "asdf qwer zxcv",
    "???",
]
BY_WORDS = [
    ("Can freelancers build production-grade AI?", "faq/production-grade"),
    ("security risks of unvetted freelancers", "freelancer-limits/security-risks"),
    ("Are full-time AI engineers more expensive?", "faq/expense"),
    ("tight budget and urgent deadlines", "choose-freelancers/tight-budget"),
    ("post-launch support", "comparison/post-launch-support"),
    ("CI/CD pipelines and retraining loops", "full-time-pros/long-term-design"),
]


@pytest.fixture(scope="module")
def retriever(parts: Parts) -> Retriever:
    assert parts.retriever.has_vectors
    return parts.retriever


@pytest.fixture(scope="module")
def by_words(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """The lexical twin alone: no index was ever attached."""
    alone = Parts(make_settings(tmp_path_factory.mktemp("words")))
    alone.embedder = parts.embedder
    return alone.retriever


@pytest.fixture(params=["vectors and words", "words alone"])
def either(request: pytest.FixtureRequest, retriever: Retriever, by_words: Retriever) -> Retriever:
    return by_words if request.param == "words alone" else retriever


@pytest.mark.parametrize(("question", "section_id"), BY_WORDS)
def test_words_alone_find_the_passage(by_words: Retriever, question: str, section_id: str) -> None:
    found = by_words.retrieve(question)
    assert found.lexical_only
    assert section_id in sections(found)


@pytest.mark.parametrize(("question", "section_id"), BY_WORDS)
def test_vectors_and_words_find_the_passage(
    retriever: Retriever, question: str, section_id: str
) -> None:
    found = retriever.retrieve(question)
    assert not found.lexical_only
    assert section_id in sections(found)[:3]


@pytest.mark.parametrize(
    ("question", "section_id"),
    [
        (
            "can a contractor handle sensitive customer records safely",
            "freelancer-limits/security-risks",
        ),
        ("how long until somebody permanent starts working", "full-time-challenges/hiring-time"),
        ("Can freelancrs build prodction-grade AI?", ANSWER),
    ],
)
def test_other_words_and_slips_find_the_passage_too(
    retriever: Retriever, question: str, section_id: str
) -> None:
    assert section_id in sections(retriever.retrieve(question))[:3]


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_what_is_off_topic_finds_nothing(either: Retriever, question: str) -> None:
    assert sections(either.retrieve(question)) == []


@pytest.mark.parametrize(
    "question", ["", "   ", "\n\t", "\u200b", "\x00", "🙂🙂🙂", "…", "the of and"]
)
def test_a_question_without_content_finds_nothing(either: Retriever, question: str) -> None:
    assert sections(either.retrieve(question)) == []


@pytest.mark.parametrize("k", [0, 1, 2, 4, 12])
def test_at_most_k_passages_come_ranked_from_one(either: Retriever, k: int) -> None:
    passages = either.retrieve("freelancers or full-time engineers", k).passages
    assert len(passages) <= k
    assert k == 0 or passages
    assert [one.rank for one in passages] == list(range(1, len(passages) + 1))
    assert len({one.chunk_id for one in passages}) == len(passages)
    assert all(0 <= one.relevance <= 1 for one in passages)


def test_fewer_passages_are_the_first_of_more(either: Retriever) -> None:
    many = sections(either.retrieve(QUESTION, 8))
    assert sections(either.retrieve(QUESTION, 3)) == many[:3]


def test_a_passage_carries_what_a_citation_needs(retriever: Retriever, parts: Parts) -> None:
    (passage, *_) = retriever.retrieve(QUESTION).passages
    assert passage.section_id == ANSWER
    assert passage.heading == QUESTION
    assert passage.url.endswith(f"#{ANSWER}")
    assert passage.text == " ".join(one.text for one in passage.statements)
    assert passage in [*retriever.section(ANSWER), passage]


def test_the_same_question_finds_the_same_from_any_thread(either: Retriever) -> None:
    questions = [question for question, _ in BY_WORDS]
    wanted = [either.retrieve(question) for question in questions]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(either.retrieve, questions * 4)) == wanted * 4


def test_what_was_asked_before_changes_nothing(parts: Parts, retriever: Retriever) -> None:
    before = retriever.retrieve(QUESTION)
    for other in OFF_TOPIC:
        retriever.retrieve(other)
    assert retriever.retrieve(QUESTION) == before


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_asked(parts: Parts, text: str) -> None:
    """Surrogates apart: the door takes no text that is not Unicode."""
    found = parts.retriever.retrieve(text)
    assert len(found.passages) <= 4


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "freelancers " * 4000, "{}" * 99, "' OR 1=1 --", "(" * 999]
)
def test_long_and_hostile_texts_can_be_asked(either: Retriever, text: str) -> None:
    assert len(either.retrieve(text).passages) <= 4


class Odd:
    """An embedder that gives what it is told to, once its index is built."""

    name = "odd"
    dimensions = 384

    def __init__(self, result: Vectors | Exception) -> None:
        self.result = result

    def embed(self, texts: Sequence[str]) -> Vectors:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def opened(parts: Parts, start: Start) -> Parts:
    fresh = start(parts.settings.data_dir, ADVISOR_CORPUS_DIR=str(CORPUS))
    assert fresh.attach_index()
    return fresh


@pytest.mark.parametrize(
    "result",
    [
        np.full((1, 384), np.nan, np.float32),
        np.full((1, 384), np.inf, np.float32),
        np.full((1, 384), -np.inf, np.float32),
        np.ones((1, 7), np.float32),
        ModelUnavailable("The embedding service does not answer."),
    ],
    ids=["nan", "inf", "-inf", "other dimensions", "unavailable"],
)
def test_vectors_that_are_none_leave_words_alone_to_answer(
    opened: Parts, result: Vectors | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    opened.retriever.embedder = Odd(result)
    found = opened.retriever.retrieve(QUESTION)
    assert found.lexical_only
    assert ANSWER in sections(found)
    assert all(np.isfinite(one.relevance) for one in found.passages)
    assert "searching by words alone" in caplog.text
    assert QUESTION not in caplog.text


def test_an_index_that_goes_away_and_comes_back_is_used_again(opened: Parts) -> None:
    retriever = opened.retriever
    with_vectors = retriever.retrieve(QUESTION)
    retriever.use(None)
    assert retriever.retrieve(QUESTION).lexical_only
    assert opened.attach_index()
    assert retriever.retrieve(QUESTION) == with_vectors
