"""What `/openapi.json` says: each call with all the answers that it really gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from hiring_advisor.answering.turn import EventName, Turn
from hiring_advisor.channels.problems import MEDIA_TYPE
from hiring_advisor.corpus.rubric import Rubric


class Problem(BaseModel):
    """An error as RFC 9457 has it; `detail` is one sentence for a person."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str


class NewConversation(BaseModel):
    """A conversation that has begun; its token is given out here alone."""

    conversation_id: str
    token: str
    expires_at: str
    greeting: str
    suggestions: list[str]


class ConversationView(BaseModel):
    """A conversation with its turns, oldest first."""

    conversation_id: str
    created_at: str
    turns: list[Turn]


class Stopping(BaseModel):
    """A turn whose work is being stopped."""

    turn_id: str
    stopping: Literal[True]


class PassageView(BaseModel):
    """A passage of the article."""

    model_config = ConfigDict(extra="forbid")

    section_id: str
    heading: str
    text: str
    url: str
    rank: int = Field(ge=1)


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[PassageView]


class Health(BaseModel):
    """Whether the process lives."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether it answers, part by part."""

    status: Literal["ok", "degraded", "down"]
    parts: dict[str, str]
    unsaved: int = 0


EVENT_STREAM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "description": "One server-sent event; `data` is a line of JSON.",
        "properties": {
            "event": {"type": "string", "enum": list(get_args(EventName))},
            "data": {"type": "string", "contentMediaType": "application/json"},
            "id": {"type": "string", "pattern": "^[^:]+:[0-9]+$"},
            "retry": {"type": "integer"},
        },
    }
}
_CONVERSATION = "/v1/conversations/{conversation_id}"
_WHEN = {
    400: "The body is not JSON, or names a field twice.",
    401: "An API key is wanted.",
    403: "Not for this caller, or not for pages of that site.",
    404: "No such thing, or not yours.",
    408: "The body came too slowly.",
    409: "The `message_id` was used with other words, or the conversation is full.",
    413: "The message or the body is too large.",
    415: "The body is not called `application/json`.",
    421: "The server does not answer to that name.",
    422: "JSON of another shape, an unknown name or value, or an empty text.",
    429: "Too many for now: `Retry-After` says how many seconds to wait.",
    500: "Something went wrong on our side.",
    503: "A part is out of reach, or too many are here at once.",
}
_LIMITED = {("post", "/v1/conversations"), ("post", f"{_CONVERSATION}/messages")}
_WAIT = {
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "required": True},
    "RateLimit-Limit": {"schema": {"type": "integer", "minimum": 1}},
    "RateLimit-Remaining": {"schema": {"type": "integer", "minimum": 0}},
    "RateLimit-Reset": {"schema": {"type": "integer", "minimum": 1}},
}


def complete(document: dict[str, Any], rubric: Rubric) -> dict[str, Any]:
    """FastAPI's document with our errors, our keys, and the facts that the rubric knows."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    # What only the tool has is no part of what it gives.
    schemas["Recommendation"]["properties"].pop("seal")
    schemas["Recommendation"]["required"].remove("seal")
    schemas["Problem"] = Problem.model_json_schema()
    document["components"]["securitySchemes"] = {
        "conversationToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token that beginning the conversation gave.",
        },
        "operatorKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "One of ADVISOR_API_KEYS; without any, this machine alone.",
        },
    }
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            _complete_call(method, path, call)
    facts = document["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]
    facts["schema"]["properties"]["facts"] = _facts(rubric)
    return document


def _complete_call(method: str, path: str, call: dict[str, Any]) -> None:
    responses = call["responses"]
    responses.pop("422", None)
    for status in _statuses(method, path, has_body="requestBody" in call):
        known = responses.setdefault(str(status), {"description": _WHEN[status]})
        reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
        known.setdefault("content", {})[MEDIA_TYPE] = reference
        if status == 429:
            known["headers"] = _WAIT
    if path.startswith(_CONVERSATION):
        call["security"] = [{"conversationToken": []}]
    elif path == "/metrics":
        call["security"] = [{"operatorKey": []}, {}]


def _statuses(method: str, path: str, *, has_body: bool) -> list[int]:
    """What a call may be refused with."""
    found = {421, 500, 503}
    if method == "post":
        found |= {403, 415}  # a page of another site
    if has_body:
        found |= {400, 408, 413, 415, 422}
    if path.startswith(_CONVERSATION):
        found.add(404)
    if path.endswith("/messages"):
        found.add(409)
    if path == "/metrics":
        found |= {401, 403}
    if (method, path) in _LIMITED:
        found.add(429)
    return sorted(found)


def _facts(rubric: Rubric) -> Mapping[str, Any]:
    return {
        "type": "object",
        "description": "Facts by name; null, or a name left out, stands for not known.",
        "additionalProperties": False,
        "properties": {
            fact.name: {
                "description": fact.question,
                "enum": [*(one.value for one in fact.values), None],
            }
            for fact in rubric.facts
        },
    }
