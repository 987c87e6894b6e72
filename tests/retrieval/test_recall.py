"""What the graph search finds of what is exactly nearest, in made-up vectors of both kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench.retrieval import build, clustered_vectors, random_vectors, recall
from tests.conftest import Amounts, Figures

KINDS = {"random": random_vectors, "clustered": clustered_vectors}


@pytest.mark.figures
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_that_is_nearest_is_found(
    tmp_path: Path, kind: str, amount: Amounts, figure: Figures
) -> None:
    count = amount(5_000, stress=20_000)
    make: Callable[..., tuple[np.ndarray, np.ndarray]] = KINDS[kind]
    vectors, queries = make(count, np.random.default_rng(3))
    index, _ = build(tmp_path, vectors)
    found = recall(index, vectors, queries)
    figure(f"recall@4, {count:,} {kind} vectors", f"{found:.3f}", aim="0.98")
    assert found >= 0.98
