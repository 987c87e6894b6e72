"""What every request gets: an id, an entry in the log and the figures, a span, and a last net.

The id is the caller's `X-Request-ID` where that is one, and is said again in the answer, in
problems and in each log line of the request. The log has the route's template, never the address
that was called: no id that somebody holds, no query, nobody's address.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from hiring_advisor import tracing
from hiring_advisor.channels import problems
from hiring_advisor.channels.logs import scrub

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"})
PROBES = frozenset({"/healthz", "/livez", "/readyz", "/metrics"})

log = logging.getLogger("hiring_advisor.access")


def request_id_of(given: str | None) -> str:
    """The caller's id, or one of our own where it gave none, an odd one, or a secret."""
    if given and REQUEST_ID.fullmatch(given) and scrub(given) == given:
        return given
    return uuid.uuid4().hex


class Requests:
    """Plain ASGI: streams pass through untouched. It counts a request when its answer is out."""

    def __init__(self, app: ASGIApp, *, is_logged: bool) -> None:
        self.app = app
        self.is_logged = is_logged

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("x-request-id"))
        bind_contextvars(request_id=request_id)  # a request has a context of its own
        status = 0

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = [(b"x-request-id", request_id.encode())]
                if _is_stopping(scope):
                    added.append((b"connection", b"close"))  # the next one belongs elsewhere
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        with tracing.request(_method(scope), headers) as span:
            try:
                await self.app(scope, receive, with_id)
            except Exception:
                log.exception("request failed")
                if status:  # too late to say so
                    status = 500
                    raise
                await problems.unforeseen()(scope, receive, with_id)
            finally:
                # 499 is nginx's word for a caller that left before it was answered.
                self._ended(scope, span, status or 499, time.perf_counter() - begun)

    def _ended(self, scope: Scope, span: tracing.Span, status: int, seconds: float) -> None:
        method = _method(scope)
        route = getattr(scope.get("route"), "path", None) or "none"
        tracing.answered(span, method, route, status)
        services = getattr(scope["app"].state, "services", None)
        if services is None:
            return
        services.metrics.request_ended(method, route, status, seconds)
        if self.is_logged and not (route in PROBES and status < 400):
            what = {
                "method": method,
                "route": route,
                "status": status,
                "ms": round(1000 * seconds, 1),
                "mode": services.mode,
            }
            log.info("request", extra=what)


def _method(scope: Scope) -> str:
    """The method, where it is one that HTTP knows: names of figures are not for strangers."""
    return scope["method"] if scope["method"] in METHODS else "_OTHER"


def _is_stopping(scope: Scope) -> bool:
    services = getattr(scope["app"].state, "services", None)
    return services is not None and services.is_stopping
