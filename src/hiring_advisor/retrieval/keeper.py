"""The index's keeper: opens it, builds it, looks after it while the server runs, mends it.

Questions never wait for it. When the vectors fail, they are put aside at once and words alone
serve, until an index that passes its canaries is switched to. What happened is said once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from hiring_advisor.errors import AdvisorError, IndexUnavailable, ModelUnavailable
from hiring_advisor.retrieval.deadline import Crew
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.index import Canaries, VectorIndex
from hiring_advisor.retrieval.retriever import Retriever
from hiring_advisor.retrieval.stores import Store

LOOK_EVERY_S = 30.0
CHECK_DEADLINE_S = 5.0
RETRY_S = 5.0
LONGEST_RETRY_S = 60.0

State = Literal["ok", "building", "degraded"]

log = logging.getLogger(__name__)


class Keeper:
    """Keeps the vector index of one retriever."""

    def __init__(
        self,
        retriever: Retriever,
        store: Store,
        mark: str,
        entries: Callable[[], Entries],
        *,
        look_every_s: float = LOOK_EVERY_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """`mark` is the fingerprint of the wanted index, `entries` gives what it is to hold."""
        self._retriever = retriever
        retriever.on_trouble = self.trouble
        self._store = store
        self._mark = mark
        self._entries = entries
        self.look_every_s = look_every_s
        self.retry_s = retry_s
        self._canaries: Canaries | None = None
        self._index: VectorIndex | None = None
        self._crew = Crew()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_stopping = False
        self._failures = 0
        self._said: set[str] = set()
        self._state: tuple[State, str] = ("degraded", "starting")

    @property
    def state(self) -> State:
        """`ok`: vectors serve. `building`: words alone until a build ends. `degraded`: words."""
        return self._state[0]

    @property
    def reason(self) -> str:
        """One word why it is not `ok`: missing, damaged, locked, slow, full, embeddings."""
        return self._state[1]

    def attach(self, *, rebuild: bool = False) -> bool:
        """Open the index, or build it where it is missing, stale or damaged.

        Returns whether that succeeded. An index that serves is kept when a rebuild fails.
        """
        with self._lock:
            try:
                index = self._built() if rebuild else self._opened_or_built()
            except AdvisorError as error:
                self._failed(error)
                return False
            self._use(index)
            return True

    @property
    def _is_looking(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, then: Callable[[], None] = lambda: None) -> threading.Thread:
        """Attach the index and look after it, in a thread beside; `then` is called once attached.

        Returns the thread that attaches: it ends, and another goes on.
        """

        def first() -> None:
            self.attach()
            then()
            if not self._is_stopping and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
                self._thread.start()

        thread = threading.Thread(target=first, name="index", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Look after it no longer. Does not wait for a build."""
        self._is_stopping = True
        self._retriever.use(None)
        self._store.close()
        self._wake.set()

    def trouble(self, error: AdvisorError, index: VectorIndex) -> None:
        """A query to `index` failed: put the vectors aside at once and look what is wrong."""
        if not self._retriever.serves(index):
            return  # it was put aside or replaced meanwhile
        if self._is_looking or isinstance(error, IndexUnavailable):
            # With nobody to bring them back, an embedder that fails once is asked again instead.
            self._retriever.use(None)
            self._state = ("degraded", _reason(error))
        self._say(f"vectors out of reach, searching by words alone: {error.message}")
        self._wake.set()

    def look(self) -> None:
        """See whether the index is still whole, and mend it where it is not."""
        with self._lock:
            index = self._index
            try:
                if index is not None and self._is_well(index):
                    if self.reason == "embeddings":
                        self._retriever.embedder.embed([f"Is it {self._failures}?"])
                    self._use(index)
                else:
                    self._use(self._opened_or_built())
            except AdvisorError as error:
                self._failed(error)

    def _work(self) -> None:
        while True:
            retry = min(self.retry_s * 2 ** min(self._failures - 1, 10), LONGEST_RETRY_S)
            self._wake.wait(retry if self._failures else self.look_every_s)
            self._wake.clear()
            if self._is_stopping:
                return
            try:
                self.look()
            except Exception as error:
                # A keeper that ends would leave words alone for good.
                self._say(f"the index's keeper failed: {type(error).__name__}")
                self._failures += 1

    def _is_well(self, index: VectorIndex) -> bool:
        """Whether files and canaries are as they should be; puts the vectors aside if not."""
        try:
            if self._store.is_replaced(self._mark, index):
                return False
            self._store.inspect(index)
            self._check(index)
        except IndexUnavailable as error:
            self.trouble(error, index)
            self._index = None
            return False
        return True

    def _opened_or_built(self) -> VectorIndex:
        try:
            index = self._store.open(self._mark)
            self._check(index)
            return index
        except IndexUnavailable as error:
            if error.reason in {"server", "refused"}:
                raise
            if error.reason != "missing" and not self._said:
                self._say(f"rebuilding the index: {error.message}")
            return self._built(error.reason)

    def _built(self, reason: str = "asked") -> VectorIndex:
        if not self._retriever.has_vectors:
            self._state = ("building", reason)
        index = self._store.build(self._mark, self._entries(), self._retriever.embedder)
        self._check(index)
        return index

    def _check(self, index: VectorIndex) -> None:
        if self._canaries is None:
            self._canaries = Canaries.of(self._entries(), self._retriever.embedder)
        canaries = self._canaries
        self._crew.run(CHECK_DEADLINE_S, lambda: index.check(canaries))

    def _use(self, index: VectorIndex) -> None:
        self._index = index
        self._retriever.use(index)
        self._state = ("ok", "")
        self._failures = 0
        if self._said:
            self._said.clear()
            log.info("vectors serve again")

    def _failed(self, error: AdvisorError) -> None:
        self._failures += 1
        if self._retriever.has_vectors and isinstance(error, IndexUnavailable):
            self._say(f"the index in use is kept: {error.message}")
            return
        self._retriever.use(None)
        self._state = ("degraded", _reason(error))
        self._say(f"searching by words alone: {error.message}")

    def _say(self, what: str) -> None:
        """One line for each event, not one a query or a try; until vectors serve again."""
        if what not in self._said:
            self._said.add(what)
            log.warning(what)


def _reason(error: AdvisorError) -> str:
    if isinstance(error, ModelUnavailable):
        return "embeddings"
    return error.reason if isinstance(error, IndexUnavailable) else "content"
