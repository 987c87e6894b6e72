"""Replies that are whole and no answer: the API's errors, and what proxies put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .openai_answers import Reply
from .openai_requests import ApiRequest
from .openai_wire import JSON, Wire, dump, error_body

_PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("invalid_request_error", "", "The request was malformed."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", "", "You are not allowed to use this model."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    503: ("server_error", "", "The engine is currently overloaded, please try again later."),
    529: ("overloaded_error", "", "Overloaded."),
}


@dataclass(frozen=True)
class Status(Reply):
    """An answer with this status; without a body, the error that the API sends with it."""

    code: int
    retry_after: float | str | None = None
    """Seconds, or an HTTP date."""
    body: Mapping[str, Any] | str | bytes | None = None
    content_type: str = JSON
    location: str = ""
    """Where a redirect leads."""
    error_code: str = ""
    """For example "insufficient_quota"; empty: the usual one."""

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await self.send(wire)

    async def send(self, wire: Wire) -> None:
        """Answer, whatever the request was."""
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if self.location:
            headers["location"] = self.location
        await wire.whole(self.code, self.content_type, self._bytes(), headers)

    def _bytes(self) -> bytes:
        body = self.body
        if body is None:
            unknown = ("server_error", "", "The server had an error.")
            kind, code, message = _ERRORS.get(self.code, unknown)
            if self.error_code:
                kind = code = self.error_code
            return dump(error_body(message, kind, code=code))
        if isinstance(body, Mapping):
            return dump(body)
        return body.encode() if isinstance(body, str) else body


@dataclass(frozen=True)
class ContextTooLong(Reply):
    """The messages do not fit; `on_text` may look at the request and answer a shorter one.

    The text has more than one wording in the wild, so clients had better read the error's code.
    """

    limit_tokens: int = 8192

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        message = (
            f"This model's maximum context length is {self.limit_tokens} tokens. However, your "
            f"messages resulted in {self.limit_tokens + 1} tokens. Please reduce their length."
        )
        error = error_body(
            message, "invalid_request_error", param="messages", code="context_length_exceeded"
        )
        await wire.whole(400, JSON, dump(error))


@dataclass(frozen=True)
class HtmlPage(Reply):
    """A proxy answers in place of the API; some do it with 200."""

    code: int = 200
    html: str = _PAGE

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await wire.whole(self.code, "text/html; charset=utf-8", self.html.encode())


@dataclass(frozen=True)
class InvalidJSONBody(Reply):
    """A whole body that says it is JSON and is not, also where a stream was asked for."""

    body: str = '{"id": "chatcmpl-1", "choices": [{"index": 0, "mess'

    async def play(self, wire: Wire, request: ApiRequest) -> None:
        await wire.whole(200, JSON, self.body.encode())
