"""A Chroma server (`CHROMA_URL`): one collection a fingerprint, so that a switch is a name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hiring_advisor.errors import IndexUnavailable
from hiring_advisor.retrieval.embeddings import Embedder
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.index import (
    Index,
    VectorIndex,
    chroma_failures,
    chroma_settings,
    import_chroma,
    write_collection,
)

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI

DEADLINE_S = 1.0
REQUEST_TIMEOUT_S = 10.0
"""Of a request that nobody waits for any more, and of one that writes a batch."""


class ServerStore:
    """The collections of a Chroma server that are ours."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._parts = urlsplit(url)
        self._opened: ClientAPI | None = None

    def find(self, mark: str, entries: Entries) -> VectorIndex:
        """Open the collection of a fingerprint. Raises `IndexUnavailable`."""
        self._prove_alive()
        with chroma_failures("The Chroma server has no index of this corpus.", "missing"):
            collection = self._client().get_collection(_name(mark), embedding_function=None)
            return VectorIndex(collection)

    def build(self, mark: str, entries: Entries, embedder: Embedder) -> VectorIndex:
        """Write the collection of a fingerprint anew and prove it.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        self._prove_alive()
        name = _name(mark)
        with chroma_failures("The Chroma server cannot be written.", "unwritable"):
            client = self._client()
            if any(known.name == name for known in client.list_collections()):
                client.delete_collection(name)
            index = write_collection(client, name, mark, entries, embedder)
        index.check(entries, embedder)
        return index

    def look(self, mark: str, entries: Entries, index: Index, embedder: Embedder) -> None:
        """Run the canaries, where the server answers at all.

        Raises `IndexUnavailable`, and `ModelUnavailable` when the embedder fails.
        """
        self._prove_alive()
        index.check(entries, embedder)

    def prove(self, mark: str, entries: Entries, embedder: Embedder) -> None:
        """Run the canaries. Raises `IndexUnavailable` and `ModelUnavailable`."""
        self.find(mark, entries).check(entries, embedder)

    def close(self) -> None:
        """Close the connections to the server."""
        opened, self._opened = self._opened, None
        if opened is not None:
            _session(opened).close()

    def _prove_alive(self) -> None:
        """Chroma's own client waits without end: what is silent is found out before it is used."""
        import httpx

        try:
            answer = httpx.get(f"{self._url}/api/v2/auth/identity", timeout=DEADLINE_S)
        except httpx.HTTPError as error:
            raise IndexUnavailable(
                "The Chroma server does not answer: see that it runs, and CHROMA_URL.", "server"
            ) from error
        if answer.status_code in {401, 403}:
            raise IndexUnavailable(
                "The Chroma server refuses this advisor: see its rights.", "refused"
            )
        if not answer.is_success:
            raise IndexUnavailable(
                f"The Chroma server answers with status {answer.status_code}: see CHROMA_URL.",
                "server",
            )

    def _client(self) -> ClientAPI:
        """One client for all times: each has connections of its own."""
        if self._opened is not None:
            return self._opened
        secure = self._parts.scheme == "https"
        opened: ClientAPI = import_chroma().HttpClient(
            host=self._parts.hostname or "localhost",
            port=self._parts.port or (443 if secure else 8000),
            ssl=secure,
            settings=chroma_settings(),
        )
        _session(opened).timeout = REQUEST_TIMEOUT_S
        self._opened = opened
        return opened


def _session(client: ClientAPI) -> httpx.Client:
    """The connections of a client; it neither limits nor closes them by itself."""
    session: httpx.Client = client._server._session  # type: ignore[attr-defined]
    return session


def _name(mark: str) -> str:
    return f"corpus-{mark}"
