"""MiniLM and tiktoken in the process: unit vectors, no network, bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from tests.conftest import clean_environment

from hiring_advisor.bootstrap import MODELS, Parts
from hiring_advisor.retrieval.embeddings import MiniLM

TEXTS = [
    "Can freelancers build production-grade AI?",
    "Lower (short-term)",
    "They think beyond quick wins building CI/CD pipelines and data ingestion flows.",
    "",
    "   ",
    "Was kostet ein festangestellter KI-Entwickler?",
    "\U0001f600 \x00 \ufffd",
]
WITHOUT_NETWORK = """
import json, sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}:
        # An AF_UNIX socket has a path for an address and leaves no machine.
        if not isinstance(arguments[1:2] and arguments[1], str):
            raise RuntimeError(f"{event} {arguments}")
sys.addaudithook(refuse)
from hiring_advisor.bootstrap import MODELS
from hiring_advisor.corpus.tokens import count_tokens
from hiring_advisor.retrieval.embeddings import MiniLM
from hiring_advisor.settings import quiet_third_parties
quiet_third_parties(MODELS)
vectors = MiniLM(MODELS).embed(["freelancers", "contractors", "carbonara"])
print(json.dumps([count_tokens("Hire full-time AI engineers."), (vectors @ vectors[0]).tolist()]))
"""


@pytest.fixture(scope="module")
def minilm(parts: Parts) -> MiniLM:
    assert isinstance(parts.embedder, MiniLM)
    return parts.embedder


def test_minilm_and_tiktoken_work_without_a_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tokens, (itself, contractors, carbonara) = json.loads(done.stdout)
    assert 4 <= tokens <= 9
    assert itself == pytest.approx(1, abs=1e-3)
    assert contractors > carbonara + 0.2


def test_vectors_are_of_unit_length_and_finite(minilm: MiniLM) -> None:
    vectors = minilm.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), minilm.dimensions)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_no_text_gives_no_vector(minilm: MiniLM) -> None:
    assert minilm.embed([]).shape == (0, minilm.dimensions)


def test_a_text_that_stands_there_twice_has_its_vector_twice(minilm: MiniLM) -> None:
    vectors = minilm.embed(["a b", "c d", "a b"])
    assert (vectors[0] == vectors[2]).all()
    assert not (vectors[0] == vectors[1]).all()


def test_a_batch_gives_nearly_the_vectors_of_its_single_texts(parts: Parts) -> None:
    """The int8 model scales by the largest number in a batch, so that neighbours change a vector a
    little. What that costs over the whole corpus is measured here: cosine 0.9756 at the worst.
    """
    texts = [text for chunk in parts.library.chunks for text in chunk.texts][::5]
    together = MiniLM(MODELS).embed(texts)
    one_by_one = MiniLM(MODELS)
    alone = np.concatenate([one_by_one.embed([text]) for text in texts])
    assert len(texts) > 100
    assert (together * alone).sum(axis=1).min() > 0.965


def test_the_order_of_texts_does_not_matter(parts: Parts) -> None:
    texts = [chunk.text for chunk in parts.library.chunks][:24]
    forwards = MiniLM(MODELS).embed(texts)
    backwards = MiniLM(MODELS).embed(texts[::-1])[::-1]
    assert forwards == pytest.approx(backwards, abs=1e-5)


def test_meaning_counts_more_than_words(minilm: MiniLM) -> None:
    one, same, other = minilm.embed(
        [
            "Who looks after the software once it is delivered?",
            "post-launch support and maintenance",
            "the launch of a rocket",
        ]
    )
    assert one @ same > one @ other


def test_a_text_beyond_the_limit_is_cut_not_refused(minilm: MiniLM) -> None:
    long = "freelancers " * 3000
    assert minilm.embed([long])[0] @ minilm.embed(["freelancers " * 300])[0] > 0.999


def test_only_so_many_texts_are_remembered() -> None:
    """Every message a visitor ever wrote would otherwise stay in memory."""
    embedder = MiniLM(MODELS, remember=8)
    first = embedder.embed(["word 0"])
    for number in range(1, 30):
        embedder.embed([f"word {number}"])
    assert len(embedder._recent) == 8
    assert embedder.embed(["word 0"]) == pytest.approx(first, abs=1e-5)


def test_a_batch_larger_than_the_memory_is_answered_whole() -> None:
    embedder = MiniLM(MODELS, remember=4)
    vectors = embedder.embed([f"word {number % 12}" for number in range(24)])
    assert (vectors[:12] == vectors[12:]).all()


def test_words_of_the_language_are_told_from_slips(minilm: MiniLM) -> None:
    assert minilm.is_word("contractor")
    assert not minilm.is_word("freelancrs")
