"""Traces to an OTLP endpoint, where one is set; OpenTelemetry is not even loaded where none is.

Spans wait in a bounded queue and leave from a thread of their own: a collector that is slow or
down costs spans, which are counted, and never a visitor's time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hiring_advisor import __version__, tracing
from hiring_advisor.errors import SettingsError
from hiring_advisor.settings import Settings
from hiring_advisor.tracing import Kind, Value

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span as SdkSpan
    from opentelemetry.trace import Tracer as SdkTracer

QUEUE_SPANS = 2048
SEND_EVERY_MS = 2000
SEND_DEADLINE_S = 5.0
LEAVE_WITHIN_S = 2.0

log = logging.getLogger(__name__)


class Telemetry:
    """The traces of this process; `on_drop` is told how many spans were lost."""

    def __init__(self, settings: Settings, on_drop: Callable[[int], None]) -> None:
        """Begin to trace. Raises `SettingsError` where the extra is not installed."""
        check(settings)
        self._provider = _provider(settings, on_drop)
        tracing.install(_Tracer(self._provider.get_tracer("hiring_advisor", __version__)))

    def close(self) -> None:
        """Send what is left, but wait no longer than two seconds for it."""
        tracing.install(None)
        # The library waits half a minute: that is for a thread that nobody waits for.
        leaving = threading.Thread(target=self._provider.shutdown, daemon=True, name="last-spans")
        leaving.start()
        leaving.join(LEAVE_WITHIN_S)


def check(settings: Settings) -> None:
    """Raise `SettingsError` where an endpoint is set and the extra is not installed."""
    if settings.otlp_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto import http  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: traces want the extra otel: "
            "pip install 'hiring-advisor[otel]'."
        ) from error


def start(settings: Settings, on_drop: Callable[[int], None]) -> Telemetry | None:
    """Begin to trace where an endpoint is set."""
    return None if settings.otlp_endpoint is None else Telemetry(settings, on_drop)


def _provider(settings: Settings, on_drop: Callable[[int], None]) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.util.re import parse_env_headers

    # It says each failure again and again, with addresses; `_counting` says it once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    headers = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    exporter = OTLPSpanExporter(
        f"{settings.otlp_endpoint}/v1/traces",
        headers=parse_env_headers(headers, liberal=True),
        timeout=SEND_DEADLINE_S,
    )
    resource = Resource.create(
        {"service.name": settings.otel_service_name, "service.version": __version__}
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(_counting(exporter, on_drop))
    return provider


def _counting(exporter: object, on_drop: Callable[[int], None]) -> SpanProcessor:
    """A bounded queue before an exporter that says an outage once, and counts what it cost."""
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Counting(SpanExporter):
        def __init__(self, real: SpanExporter) -> None:
            self._real = real
            self._is_down = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = self._real.export(spans)
            is_down = result is not SpanExportResult.SUCCESS
            if is_down:
                on_drop(len(spans))
            if is_down != self._is_down:
                self._is_down = is_down
                log.warning(
                    "traces %s", "cannot be delivered" if is_down else "are delivered again"
                )
            return result

        def shutdown(self) -> None:
            self._real.shutdown()

    class Bounded(BatchSpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            # The library drops the oldest one without a word.
            if len(self._batch_processor._queue) >= QUEUE_SPANS:
                on_drop(1)
            super().on_end(span)

    assert isinstance(exporter, SpanExporter)  # noqa: S101 - for the type checker
    return Bounded(Counting(exporter), QUEUE_SPANS, SEND_EVERY_MS, 512, 1000 * SEND_DEADLINE_S)


class _Span:
    """`tracing.Span` on the library's."""

    def __init__(self, real: SdkSpan) -> None:
        self._real = real
        self.has_failed = False

    def set(self, attributes: Mapping[str, Value]) -> None:
        self._real.set_attributes(dict(attributes))

    def name(self, name: str) -> None:
        self._real.update_name(name)

    def fail(self, error_type: str) -> None:
        from opentelemetry.trace import StatusCode

        self.has_failed = True
        self._real.set_attribute("error.type", error_type)
        self._real.set_status(StatusCode.ERROR)


class _Tracer:
    """`tracing.Tracer` on the library's."""

    def __init__(self, real: SdkTracer) -> None:
        from opentelemetry.trace import SpanKind

        self._real = real
        self._kinds = {
            "server": SpanKind.SERVER,
            "client": SpanKind.CLIENT,
            "internal": SpanKind.INTERNAL,
        }

    @contextmanager
    def span(
        self,
        name: str,
        kind: Kind,
        attributes: Mapping[str, Value],
        *,
        is_parent: bool,
        headers: Mapping[str, str] | None,
    ) -> Iterator[_Span]:
        from opentelemetry import context, trace

        above = _above(headers) if headers is not None else None
        real = self._real.start_span(name, above, self._kinds[kind], dict(attributes))
        span = _Span(real)
        # Only where the same task leaves as it entered: generators may be closed from elsewhere.
        token = context.attach(trace.set_span_in_context(real)) if is_parent else None
        try:
            yield span
        except Exception as error:
            if not span.has_failed:
                span.fail(getattr(error, "reason", None) or type(error).__name__)
            raise
        finally:
            if token is not None:
                context.detach(token)
            real.end()


def _above(headers: Mapping[str, str]) -> Context:
    """The trace that a request goes on from, by its `traceparent`."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    # Not `tracestate`, which would carry a stranger's words along.
    known = {"traceparent": headers.get("traceparent", "")}
    return TraceContextTextMapPropagator().extract(known, Context())


def probe(settings: Settings, patience_s: float) -> str | None:
    """Send an export without spans; return what is wrong, or None where it was taken.

    Raises `SettingsError` where the extra is not installed.
    """
    check(settings)
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from opentelemetry.util.re import parse_env_headers

    given = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    headers = {"content-type": "application/x-protobuf", **parse_env_headers(given, liberal=True)}
    request = Request(f"{settings.otlp_endpoint}/v1/traces", b"", headers)  # noqa: S310 - http(s)
    try:
        with urlopen(request, timeout=patience_s):  # noqa: S310
            return None
    except HTTPError as error:
        return f"the collector refuses traces with {error.code}"
    except OSError:
        return "the collector cannot be reached"
