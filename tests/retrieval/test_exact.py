"""Exact search: what it finds is what a sort of all similarities gives, whatever the vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiring_advisor.errors import IndexUnavailable, ModelUnavailable
from hiring_advisor.retrieval.embeddings import Vectors
from hiring_advisor.retrieval.entries import SPREAD, collapse
from hiring_advisor.retrieval.exact import ExactIndex

DIMENSIONS = 8


def unit(count: int, seed: int) -> Vectors:
    """Unit vectors of shape (count, 8)."""
    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def ids_of(count: int) -> tuple[str, ...]:
    """Ids as an index has them: chunks, their questions, and questions that nothing answers."""
    return tuple(
        f"no/{place}" if place % 7 == 6 else f"{place // 3}/{place % 3}".removesuffix("/0")
        for place in range(count)
    )


@given(
    count=st.integers(1, 80),
    seed=st.integers(0, 10_000),
    k=st.integers(1, 12),
    twins=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_it_finds_what_a_full_sort_finds(count: int, seed: int, k: int, twins: bool) -> None:
    vectors = unit(count, seed)
    if twins:  # equal similarities, in the order of their entries
        vectors[count // 2 :] = vectors[: count - count // 2]
    query = unit(1, seed + 1)[0]
    ids = ids_of(count)
    near = (vectors @ query).tolist()
    ranked = sorted(range(count), key=lambda one: (-near[one], one))
    wanted = collapse([(ids[one], near[one]) for one in ranked[: k * SPREAD]], k)
    found = ExactIndex(ids, vectors).query(query, k)
    assert [hit.chunk for hit in found.hits] == [hit.chunk for hit in wanted.hits]
    assert found.unanswered == pytest.approx(wanted.unanswered, abs=1e-6)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 0.0, 1e30])
def test_vectors_that_are_none_are_refused(number: float) -> None:
    vectors = unit(5, 1)
    vectors[3] = number
    with pytest.raises(IndexUnavailable, match="none"):
        ExactIndex(ids_of(5), vectors)


def test_an_entry_too_few_is_noticed() -> None:
    with pytest.raises(IndexUnavailable, match="4 of 5"):
        ExactIndex(ids_of(5), unit(4, 1))


@pytest.mark.parametrize(
    "query", [np.full(DIMENSIONS, np.nan, np.float32), np.ones(DIMENSIONS + 1, np.float32)]
)
def test_a_question_whose_vector_does_not_fit_is_the_embedders_fault(query: Vectors) -> None:
    with pytest.raises(ModelUnavailable):
        ExactIndex(ids_of(5), unit(5, 1)).query(query, 3)


def test_it_is_read_as_it_was_saved(tmp_path: Path) -> None:
    vectors = unit(9, 4)
    index = ExactIndex(ids_of(9), vectors)
    index.save(tmp_path / "vectors.npy")
    again = ExactIndex.load(tmp_path / "vectors.npy", ids_of(9))
    assert again.query(vectors[2], 3) == index.query(vectors[2], 3)


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"no array at all"])
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "vectors.npy").write_bytes(data)
    with pytest.raises(IndexUnavailable):
        ExactIndex.load(tmp_path / "vectors.npy", ids_of(3))


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", np.asarray([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(IndexUnavailable):
        ExactIndex.load(tmp_path / "vectors.npy", ids_of(1))
