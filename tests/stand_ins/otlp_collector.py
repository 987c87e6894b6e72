"""A collector of traces on a real socket: it takes OTLP over HTTP and reads it by its protobuf."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue


@dataclass(frozen=True)
class SeenSpan:
    """A span as it came in; ids are in hexadecimal digits."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    is_error: bool
    attributes: dict[str, Any] = field(default_factory=dict)


class Collector:
    """Collects inside its `with` block; `status` is what it answers with."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.spans: list[SeenSpan] = []
        self._changed = threading.Condition()

    @property
    def endpoint(self) -> str:
        """What goes into the setting."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait_for(self, name: str, timeout_s: float = 20.0) -> SeenSpan:
        """The latest span whose name begins so; waits for it."""

        def found() -> SeenSpan | None:
            return next((one for one in reversed(self.spans) if one.name.startswith(name)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, timeout_s)
            span = found()
        assert span is not None, f"no span {name} among {[one.name for one in self.spans]}"
        return span

    def __enter__(self) -> Self:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/v1/traces" and collector.status == 200:
                    collector.take(body, {k.lower(): v for k, v in self.headers.items()})
                self.send_response(collector.status if self.path == "/v1/traces" else 404)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        """Read an export."""
        request = ExportTraceServiceRequest.FromString(body)
        spans = [
            SeenSpan(
                span.name,
                {1: "internal", 2: "server", 3: "client"}.get(span.kind, str(span.kind)),
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.status.code == 2,
                {
                    one.key: _value(one.value)
                    for one in (*resource.resource.attributes, *span.attributes)
                },
            )
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._changed:
            self.bodies.append(body)
            self.headers.append(headers)
            self.spans += spans
            self._changed.notify_all()


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None
