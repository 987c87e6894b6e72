"""An OpenAI-compatible server for tests: the real wire, a real socket, and every fault on demand.

    with OpenAIServer() as server:
        server.script = [Status(503), Text("Freelancers suit a prototype. [1]")]
        model = ChatOpenAI(base_url=server.base_url, api_key="any", model="stand-in")

`script` is used up first, one reply for each chat request. Then `on_tool` decides for requests that
force a tool and `on_text` for all others; both are honest until they are set to something else.
They run on the server's event loop: a reply takes its time by its own fields, never by sleeping.
What they raise comes out of the `with` block, so that no test passes by a 500 that it did not mean.

The replies lie in `openai_answers`, `openai_tool_calls`, `openai_errors` and `openai_faults`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from .openai_answers import Reply, Text
from .openai_errors import Status
from .openai_listener import Listener
from .openai_requests import (
    ApiRequest,
    ChatRequest,
    EmbeddingsRequest,
    ModelsRequest,
    RequestError,
    parse_chat,
    parse_embeddings,
)
from .openai_tool_calls import ToolCall
from .openai_wire import HttpRequest, Wire, error_body

OnChat = Callable[[ChatRequest], Reply]
OnEmbeddings = Callable[[EmbeddingsRequest], Reply]
OnModels = Callable[[ModelsRequest], Reply]


class OpenAIServer:
    """Serves from `__enter__` to `__exit__`; all its methods may be called from any thread."""

    def __init__(self, models: tuple[str, ...] = ("stand-in", "text-embedding-3-small")) -> None:
        self.models = models
        """What `/v1/models` lists. Requests may name any other model all the same."""
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._failures: list[Exception] = []
        self._listener: Listener | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was recorded and be honest again."""
        self.script: list[Reply] = []
        self.on_tool: OnChat = lambda _: ToolCall()
        self.on_text: OnChat = lambda _: Text()
        self.on_embeddings: OnEmbeddings = lambda _: Text()
        """Any answer gives the true embeddings; faults do what they do."""
        self.on_models: OnModels = lambda _: Text()
        """Likewise."""
        self.clear()

    def clear(self) -> None:
        """Forget what was recorded; what is programmed stays."""
        with self._changed:
            self._chats: list[ChatRequest] = []
            self._embeddings: list[EmbeddingsRequest] = []
            self._refused: list[RequestError] = []
            self._abandoned: list[ApiRequest] = []

    def always(self, reply: Reply) -> None:
        """Give the same reply to everything after the script; embeddings and models too."""
        self.on_tool = self.on_text = lambda _: reply
        self.on_embeddings = lambda _: reply
        self.on_models = lambda _: reply

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._running.port}/v1"

    @property
    def tls_url(self) -> str:
        """An address whose TLS handshake fails: there is no TLS behind it."""
        return self.base_url.replace("http://", "https://")

    @property
    def requests(self) -> list[ChatRequest]:
        """The chat requests in the order in which they came in whole."""
        with self._changed:
            return list(self._chats)

    @property
    def embeddings_requests(self) -> list[EmbeddingsRequest]:
        with self._changed:
            return list(self._embeddings)

    @property
    def refused(self) -> list[RequestError]:
        """The requests that the real API would have refused, and why."""
        with self._changed:
            return list(self._refused)

    @property
    def abandoned(self) -> list[ApiRequest]:
        """The requests whose client hung up before the reply was through."""
        with self._changed:
            return list(self._abandoned)

    def wait_for_requests(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` chat requests came in; say whether they did."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._chats) >= count, timeout_s)

    def wait_for_disconnect(self, timeout_s: float, count: int = 1) -> bool:
        """Wait until `count` replies were abandoned since `clear`; say whether they were.

        An answer that fits into the socket's buffers is through at once, read or not: let the
        reply hang, stall or trickle where the hanging up is what matters.
        """
        with self._changed:
            return self._changed.wait_for(lambda: len(self._abandoned) >= count, timeout_s)

    def down(self) -> AbstractContextManager[None]:
        """Refuse connections inside the `with` block, after cutting those that are open."""
        return self._running.down()

    def __enter__(self) -> Self:
        self._listener = Listener(self._handle)
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._running.stop()
        self._listener = None
        failures, self._failures = self._failures, []
        if failures and error is None:
            raise failures[0]

    @property
    def _running(self) -> Listener:
        if self._listener is None:
            raise RuntimeError("the server runs inside its with block only")
        return self._listener

    async def _handle(self, http: HttpRequest, wire: Wire) -> None:
        request: ApiRequest | None = None
        try:
            request = self._receive(http)
            await self._choose(request).play(wire, request)
        except RequestError as refusal:
            with self._changed:
                self._refused.append(refusal)
            kind = "invalid_request_error"
            body = error_body(refusal.message, kind, param=refusal.param, code=refusal.code)
            await Status(refusal.status, body=body).send(wire)
        except ConnectionError:
            pass
        except Exception as failure:
            # What is programmed is broken, or the stand-in itself: `__exit__` raises it.
            self._failures.append(failure)
            await wire.cut()
        finally:
            if wire.client_gone and request is not None:
                self._abandon(request)

    def _receive(self, http: HttpRequest) -> ApiRequest:
        if not http.headers.get("authorization", "").startswith("Bearer "):
            message = "You didn't provide an API key."
            raise RequestError(message, status=401, code="invalid_api_key")
        if http.method == "GET":
            return ModelsRequest(self._models_at(http.path), http.headers)
        if (http.method, http.path) == ("POST", "/v1/chat/completions"):
            chat = parse_chat(next(self._numbers), http.headers, http.body)
            with self._changed:
                self._chats.append(chat)
                self._changed.notify_all()
            return chat
        if (http.method, http.path) == ("POST", "/v1/embeddings"):
            embeddings = parse_embeddings(http.headers, http.body)
            with self._changed:
                self._embeddings.append(embeddings)
            return embeddings
        raise _unknown(http.method, http.path)

    def _abandon(self, request: ApiRequest) -> None:
        with self._changed:
            # What `clear` forgot is not brought back by a hanging up that comes late.
            if any(request is known for known in (*self._chats, *self._embeddings)):
                self._abandoned.append(request)
                self._changed.notify_all()

    def _choose(self, request: ApiRequest) -> Reply:
        if isinstance(request, EmbeddingsRequest):
            return self.on_embeddings(request)
        if isinstance(request, ModelsRequest):
            return self.on_models(request)
        if self.script:
            return self.script.pop(0)
        return self.on_tool(request) if request.forced_tool else self.on_text(request)

    def _models_at(self, path: str) -> dict[str, Any]:
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": "stand-in"}
            for name in self.models
        ]
        if path == "/v1/models":
            return {"object": "list", "data": models}
        for model in models:
            if path == f"/v1/models/{model['id']}":
                return model
        raise _unknown("GET", path)


def _unknown(method: str, path: str) -> RequestError:
    return RequestError(f"Unknown request URL: {method} {path}.", status=404, code="unknown_url")
