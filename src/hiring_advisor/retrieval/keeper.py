"""Keeps a sound vector index in use: opens or builds it, looks at it again and again, mends it.

While there is none, words alone serve. What goes wrong is one log line, and so is its end.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np

from hiring_advisor.errors import AdvisorError, IndexUnavailable, ModelUnavailable
from hiring_advisor.retrieval.embeddings import Embedder, Vectors
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.index import Index
from hiring_advisor.retrieval.retriever import Retriever

LOOK_EVERY_S = 30.0
LONGEST_PAUSE_S = 60.0
EMBEDDINGS = "embeddings"

State = Literal["building", "ok", "degraded"]

log = logging.getLogger(__name__)


class Store(Protocol):
    """Where indexes lie. `mark` is the fingerprint of corpus, chunking and embedder."""

    def find(self, mark: str, entries: Entries) -> Index:
        """The finished index of a fingerprint. Raises `IndexUnavailable`."""
        ...

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> Index:
        """Build one beside what there is, prove it, switch to it.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        ...

    def look(self, mark: str, entries: Entries, index: Index, embedder: Embedder) -> None:
        """Prove that what is stored is still whole.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        ...

    def prove(self, mark: str, entries: Entries, embedder: Embedder) -> None:
        """Ask Chroma itself for the canaries. Raises `IndexUnavailable` and `ModelUnavailable`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Keeper:
    """The keeper of one retriever's index. `state` and `reason` tell how it is."""

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        mark: Callable[[], str],
        entries: Callable[[], Entries],
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._store = store
        self._retriever = retriever
        self._mark = mark
        self._entries = entries
        self._every_s = look_every_s
        self._pause_s = look_every_s
        self._at_work = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._index: Index | None = None
        self.state: State = "building"
        self.reason = ""
        """Why it is degraded, in a sentence; empty otherwise."""
        self.cause = ""
        """The same in a word, for figures."""
        self._canaries = Remembering(retriever)
        self._said: set[str] = set()

    def attach(self, *, rebuild: bool = False) -> bool:
        """Open the index, or build it where it is missing, stale or damaged.

        Returns whether that worked; where it did not, an index in use stays in use, and where
        there is none, words alone serve.
        """
        with self._at_work:
            try:
                index = self._built() if rebuild else self._found_or_built()
            except AdvisorError as error:
                self._degraded("searching by words alone" if self._index is None else
                               "the vector index was not built anew", error)  # fmt: skip
                self._retriever.use(self._index)
                return False
            self._put_to_use(index)
            return True

    def attach_soon(self, then: Callable[[], None] = lambda: None) -> threading.Thread:
        """The same in the background: questions are served by words meanwhile."""

        def work() -> None:
            self.attach()
            then()

        thread = threading.Thread(target=work, name="index", daemon=True)
        thread.start()
        return thread

    def watch(self) -> None:
        """Look at the index every half minute from now on, and at once when a query fails."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="index-keeper", daemon=True)
            self._thread.start()

    def notice(self, error: AdvisorError) -> None:
        """A query failed: put the vectors aside, so that no other meets it, and look at them now.

        Where nobody watches, an embedder that failed once is asked again by the next question.
        """
        is_watched = self._thread is not None and self._thread.is_alive()
        if isinstance(error, IndexUnavailable):
            self._index = None
        if is_watched or isinstance(error, IndexUnavailable):
            self._retriever.use(None)
        self._degraded("searching by words alone", error)
        self._wake.set()

    def look(self) -> bool:
        """Look at the index once, and mend what is wrong. Returns whether all is well now."""
        with self._at_work:
            index = self._index
            try:
                if index is None:
                    raise IndexUnavailable(self.reason or "There is no vector index yet.")
                if self.cause == EMBEDDINGS:
                    self._retriever.embedder.embed(["Does it answer again?"])
                self._store.look(self._mark(), self._entries(), index, self._canaries)
            except ModelUnavailable as error:
                # What the index holds is of no use to a question that has no vector.
                self._retriever.use(None)
                self._degraded("searching by words alone", error)
                return False
            except IndexUnavailable as error:
                return self._mended(index, error)
            self._put_to_use(index)
            return True

    def prove(self) -> None:
        """Ask Chroma itself for the canaries. Raises `IndexUnavailable` and `ModelUnavailable`."""
        self._store.prove(self._mark(), self._entries(), self._canaries)

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(1.0)
        self._store.close()

    def _watch(self) -> None:
        while True:
            self._wake.wait(self._pause_s)
            self._wake.clear()
            if self._closed.is_set():
                return
            is_well = False
            try:
                is_well = self.look()
            except Exception:
                log.exception("the vector index could not be looked at")
            # What cannot be mended now, a full disk say, is tried less often.
            self._pause_s = self._every_s if is_well else min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _mended(self, index: Index | None, error: IndexUnavailable) -> bool:
        """Open what another process has built meanwhile, or build anew."""
        self._degraded("the vector index is mended", error)
        if index is not None and not self._passes(index):
            self._index = None
            self._retriever.use(None)
        try:
            fresh = self._found_or_built()
        except AdvisorError as failure:
            self._degraded("the vector index cannot be mended now", failure)
            return False
        self._put_to_use(fresh)
        log.warning("the vector index is whole again")
        return True

    def _passes(self, index: Index) -> bool:
        """Whether an index that is in memory still finds what it holds, whatever lies on disk."""
        try:
            index.check(self._entries(), self._canaries)
        except AdvisorError:
            return False
        return True

    def _found_or_built(self) -> Index:
        try:
            index = self._store.find(self._mark(), self._entries())
            index.check(self._entries(), self._canaries)
            return index
        except IndexUnavailable as error:
            if error.reason in {"server", "refused"}:
                raise  # nothing can be built where nothing answers
            log.info("building the vector index: %s", error.message)
            return self._built()

    def _built(self) -> Index:
        return self._store.build(self._mark(), self._entries(), self._retriever.embedder)

    def _put_to_use(self, index: Index) -> None:
        self._index = index
        self._retriever.use(index)
        self.state, self.reason, self.cause = "ok", "", ""
        self._said.clear()

    def _degraded(self, what: str, error: AdvisorError) -> None:
        """One line for each event, however many queries meet it and rounds see it."""
        line = f"{what}: {error.message}"
        if line not in self._said:
            self._said.add(line)
            log.warning("%s", line)
        self.state, self.reason = "degraded", error.message
        self.cause = EMBEDDINGS if isinstance(error, ModelUnavailable) else _word(error)


class Remembering:
    """The embedder of a retriever, for texts that are looked for again and again."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._known: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """The embedder's."""
        return self._retriever.embedder.name

    @property
    def dimensions(self) -> int:
        """The embedder's."""
        return self._retriever.embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, each asked for once. Raises `ModelUnavailable`."""
        new = [text for text in texts if text not in self._known]
        if new:
            self._known |= zip(new, self._retriever.embedder.embed(new), strict=True)
        return np.stack([self._known[text] for text in texts])


def _word(error: AdvisorError) -> str:
    return error.reason if isinstance(error, IndexUnavailable) else "content"
