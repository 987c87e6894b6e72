"""Security headers on every response, and no word of what software answers."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    b"img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_COMMON = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_HTTPS_ALONE = (b"strict-transport-security", b"max-age=31536000")

Headers = list[tuple[bytes, bytes]]


def secured(
    headers: Iterable[tuple[bytes, bytes]], status: int = 200, *, https: bool = False
) -> Headers:
    """The headers of a response with those for its safety; `https`: the site has no other way."""
    given = list(headers)
    kind = next((value for name, value in given if name == b"content-type"), b"")
    # A 304 has no body and no type: the policy of the page in the cache must stay.
    policy = _PAGE_POLICY if kind.startswith(b"text/html") else _DATA_POLICY
    given += _COMMON
    if status != 304:
        given.append((b"content-security-policy", policy))
    if https:
        given.append(_HTTPS_ALONE)
    return given


class SecurityHeaders:
    """Plain ASGI around everything, refusals and crashes too: streams pass through untouched."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the head of each response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = secured(message.get("headers", ()), message["status"], https=self.https)
                message = {**message, "headers": given}
            await send(message)

        await self.app(scope, receive, with_headers)
