"""Spans around the steps of a turn: nothing at all until a tracer is installed.

The names are those of OpenTelemetry's conventions for generative AI (as of 2026-05, still in
development) and for HTTP and databases; they stand here and nowhere else. No span holds a word of
a visitor, of a passage or of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Literal, Protocol

Value = str | int | float | bool | tuple[str, ...]
Kind = Literal["server", "client", "internal"]

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
WORKFLOW = "hiring-advisor"


class Span(Protocol):
    """A span while it is open."""

    def set(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes."""

    def name(self, name: str) -> None:
        """Give it another name than the one it began with."""

    def fail(self, error_type: str) -> None:
        """Mark it as failed; `error_type` is a class or a reason, never a message."""


class Tracer(Protocol):
    """Makes spans. `parent` holds the headers of a request that came in."""

    def span(
        self,
        name: str,
        kind: Kind,
        attributes: Mapping[str, Value],
        *,
        is_parent: bool,
        headers: Mapping[str, str] | None,
    ) -> AbstractContextManager[Span]:
        """Open a span; with `is_parent`, spans opened within it hang below it."""
        ...


class _Nothing:
    """A span that is none."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        pass

    def set(self, attributes: Mapping[str, Value]) -> None:
        pass

    def name(self, name: str) -> None:
        pass

    def fail(self, error_type: str) -> None:
        pass


_NOTHING = _Nothing()
_tracer: Tracer | None = None


def install(tracer: Tracer | None) -> None:
    """Send spans to a tracer from now on, or nowhere."""
    global _tracer  # noqa: PLW0603 - one per process, as the conventions have it
    _tracer = tracer


def is_on() -> bool:
    """Whether spans go anywhere: what only they need can be left out otherwise."""
    return _tracer is not None


def request(method: str, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
    """A request that came in; `headers` may hold a `traceparent` that it goes on from."""
    if _tracer is None:
        return _NOTHING
    attributes = {"http.request.method": method}
    return _tracer.span(method, "server", attributes, is_parent=True, headers=headers)


def answered(span: Span, method: str, route: str, status: int) -> None:
    """Tell what came of a request; `route` is a template, never the address that was called."""
    span.name(f"{method} {route}")
    span.set({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        span.fail(str(status))


def turn(conversation_id: str) -> AbstractContextManager[Span]:
    """The work on one turn; the id opens nothing without its token."""
    if _tracer is None:
        return _NOTHING
    attributes: dict[str, Value] = {
        OPERATION: "invoke_workflow",
        "gen_ai.workflow.name": WORKFLOW,
        "gen_ai.conversation.id": conversation_id,
    }
    return _tracer.span(
        f"invoke_workflow {WORKFLOW}", "internal", attributes, is_parent=True, headers=None
    )


def ended(span: Span, turn: Any) -> None:
    """Tell how a turn ended: its kind, mode and verdict."""
    if _tracer is None:
        return
    found = turn.recommendation
    span.set(
        {
            "hiring_advisor.turn.kind": turn.kind,
            "hiring_advisor.turn.mode": turn.mode,
            "hiring_advisor.turn.degraded": turn.degraded,
            "hiring_advisor.turn.stopped": turn.stopped,
            "hiring_advisor.verdict": "none" if found is None else found.verdict,
        }
    )


def retrieval(top_k: int) -> AbstractContextManager[Span]:
    """A search of the corpus."""
    if _tracer is None:
        return _NOTHING
    attributes: dict[str, Value] = {
        OPERATION: "retrieval",
        "gen_ai.data_source.id": "corpus",
        "gen_ai.request.top_k": top_k,
    }
    return _tracer.span("retrieval corpus", "internal", attributes, is_parent=False, headers=None)


def retrieved(span: Span, count: int, *, lexical_only: bool) -> None:
    """Tell how many passages were found, and whether words alone found them."""
    span.set(
        {
            "hiring_advisor.retrieval.passages": count,
            "hiring_advisor.retrieval.lexical_only": lexical_only,
        }
    )


def tool(name: str) -> AbstractContextManager[Span]:
    """A call of a tool."""
    if _tracer is None:
        return _NOTHING
    attributes: dict[str, Value] = {
        OPERATION: "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
    }
    return _tracer.span(
        f"execute_tool {name}", "internal", attributes, is_parent=False, headers=None
    )


def chat(
    model: str, max_tokens: int, host: str, port: int, *, stream: bool
) -> AbstractContextManager[Span]:
    """A call of the language model."""
    if _tracer is None:
        return _NOTHING
    attributes: dict[str, Value] = {
        OPERATION: "chat",
        PROVIDER: "openai",
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": max_tokens,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.stream": stream,
        "server.address": host,
        "server.port": port,
    }
    return _tracer.span(f"chat {model}", "client", attributes, is_parent=False, headers=None)


def chunk(span: Span, metadata: Mapping[str, Any] | None, usage: Mapping[str, Any] | None) -> None:
    """Tell what a reply, or a piece of one, says of itself: its model, its end, its tokens."""
    if _tracer is None or not (metadata or usage):
        return
    found: dict[str, Value] = {}
    said = metadata or {}
    if isinstance(said.get("model_name"), str):
        found["gen_ai.response.model"] = said["model_name"]
    if isinstance(said.get("finish_reason"), str):
        found["gen_ai.response.finish_reasons"] = (said["finish_reason"],)
    for name in ("input_tokens", "output_tokens"):
        if isinstance((usage or {}).get(name), int):
            found[f"gen_ai.usage.{name}"] = (usage or {})[name]
    if found:
        span.set(found)


def usage(span: Span, said: Any) -> None:
    """Tell the tokens that a provider counted, as it gives them."""
    if _tracer is None or not isinstance(said, dict):
        return
    names = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
    span.set(
        {
            f"gen_ai.usage.{ours}": said[theirs]
            for theirs, ours in names.items()
            if isinstance(said.get(theirs), int)
        }
    )


def first_chunk(span: Span, seconds: float) -> None:
    """Tell how long the first piece of content took, in seconds."""
    span.set({"gen_ai.response.time_to_first_chunk": seconds})


def storage(
    system: str, operation: Literal["read", "write", "erase"]
) -> AbstractContextManager[Span]:
    """A piece of work of the database."""
    if _tracer is None:
        return _NOTHING
    attributes: dict[str, Value] = {"db.system.name": system, "db.operation.name": operation}
    return _tracer.span(
        f"{operation} {system}", "client", attributes, is_parent=False, headers=None
    )
