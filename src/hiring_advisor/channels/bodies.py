"""JSON bodies: limited while they are read, parsed strictly, then checked against a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect

from hiring_advisor.channels.problems import describe
from hiring_advisor.errors import BadRequest

MAX_BODY_BYTES = 128 * 1024
BODY_DEADLINE_S = 15.0


class Body(BaseModel):
    """Base of request bodies: unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


Model = TypeVar("Model", bound=BaseModel)


async def read_limited(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The body, counted while it comes in. Raises `BadRequest` (413) past the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise BadRequest("The body came too slowly: please send it again.", 408) from None
    except ClientDisconnect:
        raise BadRequest("The body is not complete.", 400) from None  # nobody is there to read it
    return bytes(body)


def _too_large(limit: int) -> BadRequest:
    return BadRequest(f"The body is too large: at most {limit // 1024} KiB are taken.", 413)


def parse(data: bytes, model: type[Model]) -> Model:
    """Read JSON into a model. Raises `BadRequest` (400 no JSON, 422 not the wanted shape).

    orjson refuses lone surrogates, NaN, numbers out of range and endless nesting; of two equal
    names it would keep the last, and whoever reads the body before us perhaps the first.
    """
    try:
        value: Any = orjson.loads(data)
        _refuse_equal_names(data)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not valid JSON.", 400) from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.", 400) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadRequest(describe(error.errors(include_input=False, include_url=False))) from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.", 400) from None


def _refuse_equal_names(data: bytes) -> None:
    """Raise `BadRequest` where an object names a field twice. `data` is JSON: orjson read it."""
    # Only for the names: numbers are left as they stand, whatever their length.
    json.loads(data, object_pairs_hook=_named_once, parse_int=str, parse_float=str)


def _named_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise BadRequest("The body names a field twice: name each field once.", 400)


def json_body(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads the request's body as `model`."""

    async def read(request: Request) -> Model:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise BadRequest("Send the body as application/json.", 415)
        return parse(await read_limited(request), model)

    return read


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of such a body: for `openapi_extra` of its route."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
