"""Retrieval from 50 to 100,000 chunks: what each step costs, and what a graph search would miss.

    python -m bench.retrieval                     all sizes
    python -m bench.retrieval --sizes 50,1000     some of them
    python -m bench.retrieval --graph-up-to 100000
                                                  Chroma's graph as well, built for minutes

Up to 100,000 entries vectors are compared exactly, which is what is measured; beside it stands
Chroma's own search, which serves above.

The texts are made up from the corpus's own words; vectors are not embeddings of them, because a
hundred thousand would take minutes: once random, without any structure, and once in clusters of
about fifty, as texts of one subject lie. Prints a table, writes `docs/images/retrieval-scale.svg`
where matplotlib is there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hiring_advisor.bootstrap import MODELS
from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.library import Library
from hiring_advisor.retrieval.embeddings import MiniLM, Vectors
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.exact import ExactIndex
from hiring_advisor.retrieval.index import Index, VectorIndex, chroma_settings, write_collection
from hiring_advisor.retrieval.lexical import LexicalIndex
from hiring_advisor.retrieval.retriever import Retriever
from hiring_advisor.retrieval.terms import Vocabulary
from hiring_advisor.settings import quiet_third_parties

SIZES = (50, 500, 5_000, 20_000, 100_000)
GRAPH_UP_TO = 5_000
QUERIES = 50
DIMENSIONS = 384
ROOT = Path(__file__).resolve().parent.parent


def unit(rows: np.ndarray) -> Vectors:
    """Rows brought to length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def random_vectors(count: int, rng: np.random.Generator) -> tuple[Vectors, Vectors]:
    """Vectors and queries without any structure: the hardest case for a graph."""
    both = unit(rng.standard_normal((count + QUERIES, DIMENSIONS), np.float32))
    return both[:count], both[count:]


def clustered_vectors(count: int, rng: np.random.Generator) -> tuple[Vectors, Vectors]:
    """Vectors in clusters of about fifty, and queries near some of them."""
    centres = unit(rng.standard_normal((max(1, count // 50), DIMENSIONS), np.float32))
    spread = rng.standard_normal((count + QUERIES, DIMENSIONS), np.float32) / DIMENSIONS**0.5
    both = unit(centres[rng.integers(0, len(centres), count + QUERIES)] + 0.8 * spread)
    return both[:count], both[count:]


class Given:
    """An embedder that knows the vectors of its texts; a text is the number of its row."""

    name = "given"
    dimensions = DIMENSIONS

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The rows of these numbers."""
        return self._vectors[[int(text) for text in texts]]


def build(folder: Path, vectors: Vectors) -> tuple[VectorIndex, float]:
    """A Chroma index of vectors as the advisor makes it, and the seconds that it took."""
    import chromadb

    numbers = tuple(str(number) for number in range(len(vectors)))
    client = chromadb.PersistentClient(str(folder), settings=chroma_settings())
    before = time.perf_counter()
    index = write_collection(client, "made-up", "none", Entries(numbers, numbers), Given(vectors))
    return index, time.perf_counter() - before


def recall(index: Index, vectors: Vectors, queries: Vectors, k: int = 4) -> float:
    """Share of the `k` exactly nearest that the index finds as its first `k`."""
    hits = 0
    for query in queries:
        exact = set(np.argsort(-(vectors @ query), kind="stable")[:k].tolist())
        hits += len(exact & {hit.chunk for hit in index.query(query, 24).hits[:k]})
    return hits / (k * len(queries))


def made_up(count: int, rng: np.random.Generator) -> tuple[list[Chunk], Vocabulary]:
    """Chunks of sixty words, drawn as seldom words are: a few often, most of them hardly ever."""
    library = Library(ROOT / "corpus")
    pattern = library.chunks[0]
    known = sorted({w.lower() for c in library.chunks for w in c.text.split() if w.isalpha()})
    coined = ["".join(rng.choice(list("abdegiklmnoprstu"), 8)) for _ in range(count // 5)]
    choice = np.array([*known, *coined])
    rank = np.minimum(rng.zipf(1.2, (count, 60)) - 1, len(choice) - 1)
    chunks = [
        replace(
            pattern, text=" ".join(row), embedded=" ".join(row), asked=(), chunk_id=f"m{number}"
        )
        for number, row in enumerate(choice[rank])
    ]
    return chunks, Vocabulary({}, {})


def median_ms(calls: Sequence[Callable[[], Any]]) -> float:
    """The median of what these calls take, in milliseconds."""
    times = []
    for call in calls:
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    return float(np.median(times)) * 1e3


@dataclass(frozen=True, slots=True)
class Graph:
    """The same of Chroma's own search: milliseconds a query, shares found, seconds, megabytes."""

    query: float
    recall_random: float
    recall_clustered: float
    build_s: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured at one size; times in milliseconds, medians."""

    chunks: int
    embed: float
    vectors: float
    words: float
    fuse: float
    whole: float
    recall_random: float
    recall_clustered: float
    graph: Graph | None


def measure_graph(count: int) -> Graph:
    """Build both kinds of collections at one size and ask them."""
    rng = np.random.default_rng(7)
    found: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for kind, make in (("random", random_vectors), ("clustered", clustered_vectors)):
            vectors, queries = make(count, rng)
            index, build_s = build(Path(name) / kind, vectors)
            found.append(recall(index, vectors, queries))
            near = median_ms([partial(index.query, one, 24) for one in queries])
        size = sum(one.stat().st_size for one in (Path(name) / "clustered").rglob("*"))
    return Graph(near, found[0], found[1], build_s, size / 1e6)


def measure(count: int, minilm: MiniLM, *, graph: bool) -> Row:
    """Search both kinds of vectors at one size exactly, and whole questions through all steps."""
    rng = np.random.default_rng(7)
    numbers = tuple(str(number) for number in range(count))
    vectors, queries = random_vectors(count, rng)
    of_random = recall(ExactIndex(numbers, vectors), vectors, queries)
    vectors, queries = clustered_vectors(count, rng)
    index = ExactIndex(numbers, vectors)
    of_clustered = recall(index, vectors, queries)
    chunks, vocabulary = made_up(count, rng)
    lexical = LexicalIndex(chunks, vocabulary)
    retriever = Retriever(chunks, minilm, lexical, link=lambda one: one)
    retriever.use(index)
    asked = [
        " ".join(rng.choice(chunks[int(rng.integers(count))].text.split(), 9)) + f" {number}"
        for number in range(2 * QUERIES)
    ]
    embed = median_ms([lambda q=q: minilm.embed([q]) for q in asked[:QUERIES]])  # type: ignore[misc]
    near = median_ms([lambda q=q: index.query(q, 24) for q in queries])  # type: ignore[misc]
    words = median_ms([lambda q=q: lexical.best(lexical.scores(q), 24) for q in asked])  # type: ignore[misc]
    whole = median_ms([lambda q=q: retriever.retrieve(q) for q in asked[QUERIES:]])  # type: ignore[misc]
    fuse = max(0.0, whole - embed - near - words)
    of_graph = measure_graph(count) if graph else None
    return Row(count, embed, near, words, fuse, whole, of_random, of_clustered, of_graph)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| chunks | embed ms | vectors ms | words ms | fuse ms | whole p50 ms | recall@4 random "
        "| recall@4 clustered | Chroma's graph: ms | recall@4 random | recall@4 clustered "
        "| build s | disk MB |",
        "| ---: " * 13 + "|",
    ]
    for r in rows:
        g = r.graph
        of_graph = (
            "| | | | |"
            if g is None
            else f"| {g.query:.2f} | {g.recall_random:.3f} | {g.recall_clustered:.3f} "
            f"| {g.build_s:.0f} | {g.disk_mb:.0f} |"
        )
        lines.append(
            f"| {r.chunks:,} | {r.embed:.2f} | {r.vectors:.2f} | {r.words:.2f} | {r.fuse:.2f} "
            f"| {r.whole:.2f} | {r.recall_random:.3f} | {r.recall_clustered:.3f} {of_graph}"
        )
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Write the cost of each step over the size."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name in ("embed", "vectors", "words", "fuse", "whole"):
        axes.plot([r.chunks for r in rows], [getattr(r, name) for r in rows], "o-", label=name)
    axes.set(xscale="log", xlabel="chunks", ylabel="ms, median", ylim=(0, None))
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, write the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--graph-up-to", type=int, default=GRAPH_UP_TO)
    given = parser.parse_args(arguments)
    sizes = [int(one) for one in given.sizes.split(",")]
    quiet_third_parties(MODELS)
    minilm = MiniLM(MODELS)
    minilm.embed(["warm"])
    rows = []
    for size in sizes:
        rows.append(measure(size, minilm, graph=size <= given.graph_up_to))
        print(table(rows[-1:]), flush=True)
    print("\n" + table(rows))
    try:
        plot(rows, ROOT / "docs" / "images" / "retrieval-scale.svg")
    except ImportError:
        print("No plot: matplotlib is not installed (`uv sync --group bench`).")


if __name__ == "__main__":
    main()
