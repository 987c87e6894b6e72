"""Errors on the wire: `application/problem+json` (RFC 9457), one sentence, nothing echoed."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from structlog.contextvars import get_contextvars

from hiring_advisor.errors import (
    AdvisorError,
    ShuttingDown,
    StorageUnavailable,
    TooManyRequests,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}
_UNFORESEEN = "Something went wrong on our side. Please try again in a moment."


def problem(status: int, title: str, detail: str, **headers: str) -> Response:
    """A problem as a response; one that is ours names the request's id, for whoever reports it.

    A refusal does not: an unknown id and a wrong token get the same bytes. Its header has the id.
    """
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if status >= 500 and (request_id := get_contextvars().get("request_id")):
        body["request_id"] = request_id
    return Response(
        orjson.dumps(body),
        status,
        {"cache-control": "no-store", **headers},
        MEDIA_TYPE,
    )


def unforeseen() -> Response:
    """The answer where nothing else is known; what went wrong is for the log alone."""
    return problem(500, "Something went wrong", _UNFORESEEN)


def install(app: FastAPI) -> None:
    """Answer every error with a problem."""

    async def on_advisor_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, AdvisorError):
            raise error
        if error.status >= 500:
            log.warning("%s %s", type(error).__name__, error.message)
        headers = {}
        if isinstance(error, TooManyRequests):
            headers = _limits_of(error)
            request.app.state.services.metrics.refused()
        if isinstance(error, StorageUnavailable):
            headers["retry-after"] = "5"
        if isinstance(error, ShuttingDown):
            headers["retry-after"] = "1"
        if error.status == 401:
            headers["www-authenticate"] = "Bearer"
        return problem(error.status, error.title, error.message, **headers)

    async def on_http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        detail = _SENTENCES.get(error.status_code, "The request cannot be answered.")
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["allow"] = ", ".join(_methods_at(request))
        return problem(error.status_code, HTTPStatus(error.status_code).phrase, detail, **headers)

    async def on_validation_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return problem(422, "Unusable input", describe(error.errors()))

    app.add_exception_handler(AdvisorError, on_advisor_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)


def _methods_at(request: Request) -> list[str]:
    """What the address of a request takes; the router names the methods of one route alone."""
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


def _limits_of(error: TooManyRequests) -> dict[str, str]:
    """What a program needs to come back at the right time."""
    wait = str(error.retry_after_s)
    known = {} if error.limit is None else {"ratelimit-limit": str(error.limit)}
    return {"retry-after": wait, "ratelimit-remaining": "0", "ratelimit-reset": wait, **known}


_WANTED = {
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "extra_forbidden": "is not known here",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "literal_error": "is not one of the values known here",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def describe(errors: Any) -> str:
    """One sentence for the first thing that is wrong; names of fields, never their values."""
    first = errors[0] if errors else {}
    # Only the outermost name is surely ours: within it a sender may have named things.
    place = next((str(one) for one in first.get("loc", ()) if one not in {"body", "query"}), "")
    wanted = _WANTED.get(first.get("type", ""), "cannot be used")
    # A field that is not ours was named by the sender: it is not said back.
    if first.get("type") == "extra_forbidden" or not place.isidentifier():
        place = "A field" if first.get("type") == "extra_forbidden" else "The body"
        return f"{place} {wanted}."
    return f"The field {place[:60]} {wanted}."
