"""The calls under `/v1/conversations`: only the holder of a conversation's token gets past the
door.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from hiring_advisor.answering.turn import Turn
from hiring_advisor.channels import sse
from hiring_advisor.channels.bodies import Body, documented, json_body
from hiring_advisor.channels.openapi import (
    EVENT_STREAM,
    ConversationView,
    NewConversation,
    Stopping,
)
from hiring_advisor.channels.problems import problem
from hiring_advisor.channels.services import Services, address_of, services_of
from hiring_advisor.errors import BadRequest
from hiring_advisor.storage.conversations import Conversation
from hiring_advisor.turns.live import LiveTurn
from hiring_advisor.understanding.normalise import clean

MAX_TEXT = 20_000
router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


class NewMessage(Body):
    """A visitor's message. The same `message_id` again returns the same turn."""

    text: str = Field(
        min_length=1, description="What the visitor writes, at most 20,000 characters."
    )
    # JSON knows no UUIDs: not strict, so that its text is read as one.
    message_id: UUID | None = Field(None, strict=False, description="A UUID made by the client.")


class Feedback(Body):
    """What a visitor thinks of an answer."""

    rating: Literal["up", "down"]
    comment: str | None = Field(None, max_length=2000)


def reply(value: Any, status: int = 200) -> Response:
    """JSON that nobody keeps."""
    return Response(orjson.dumps(value), status, {"cache-control": "no-store"}, "application/json")


async def holder(conversation_id: str, request: Request) -> Conversation:
    """Let the holder of the token in; everyone else gets the same 404 as for an unknown id."""
    return await services_of(request).conversations.authorise(*_shown(conversation_id, request))


async def sender(conversation_id: str, request: Request) -> Conversation:
    """The same for a message: storing it looks for its conversation anyway, once is enough."""
    return await services_of(request).conversations.authorise(
        *_shown(conversation_id, request), for_message=True
    )


def _shown(conversation_id: str, request: Request) -> tuple[str, str]:
    """The id and the token that a request shows; an empty one where it shows none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = ""
    return conversation_id[:64], token[:128]


async def serving(request: Request) -> Services:
    """The services, asked for on the event loop: FastAPI calls a plain function in a thread."""
    return services_of(request)


Held = Annotated[Conversation, Depends(holder)]
Sending = Annotated[Conversation, Depends(sender)]
Serving = Annotated[Services, Depends(serving)]


@router.post("", status_code=201, responses={201: {"model": NewConversation}})
async def create(request: Request, services: Serving) -> Response:
    """Begin a conversation; its token is given out here and nowhere else."""
    await services.limiter.count_conversation(address_of(request))
    new = await services.conversations.create(services.settings.retention_days)
    return reply(
        {
            "conversation_id": new.conversation_id,
            "token": new.token,
            "expires_at": new.expires_at,
            "greeting": services.parts.speech.greeting,
            "suggestions": services.parts.speech.suggestions,
        },
        201,
    )


@router.get("/{conversation_id}", responses={200: {"model": ConversationView}})
async def read(held: Held, services: Serving) -> Response:
    """The conversation with its turns, oldest first."""
    turns = await services.conversations.turns(held.conversation_id)
    return reply(
        {
            "conversation_id": held.conversation_id,
            "created_at": held.created_at,
            "turns": [one.view() for one in turns],
        }
    )


@router.delete("/{conversation_id}", status_code=204)
async def erase(held: Held, services: Serving) -> Response:
    """Erase the conversation, every word of it."""
    services.turns.forget(held.conversation_id)
    await services.conversations.delete(held.conversation_id)
    return Response(status_code=204)


@router.post(
    "/{conversation_id}/messages",
    responses={200: {"model": Turn, "content": {"text/event-stream": EVENT_STREAM}}},
    openapi_extra=documented(NewMessage),
)
async def send(
    request: Request,
    held: Sending,
    services: Serving,
    body: Annotated[NewMessage, Depends(json_body(NewMessage))],
) -> Response:
    """Send a message; the turn comes as JSON, or as a stream where the client accepts one."""
    text = clean(body.text)
    if not text:
        raise BadRequest("The message is empty: write what you want to know.")
    if len(text) > MAX_TEXT:
        raise BadRequest(
            f"Please shorten your message: it has {len(text)} of at most {MAX_TEXT} characters.",
            413,
        )
    await services.limiter.count_message(address_of(request), held.conversation_id)
    message_id = None if body.message_id is None else str(body.message_id)
    begun = await services.turns.begin(held.conversation_id, message_id, text)
    if "text/event-stream" in request.headers.get("accept", ""):
        if isinstance(begun, LiveTurn):
            return sse.EventStream(sse.of_live(begun))
        turn = await services.turns.wait(held.conversation_id, begun.turn_id)
        return sse.EventStream(sse.of_stored(turn))
    if isinstance(begun, LiveTurn):
        await begun.done()
        if begun.turn is None:
            failed = begun.events[-1].data
            return problem(failed["status"], failed["title"], failed["detail"])
        return reply(begun.turn)
    return reply(await services.turns.wait(held.conversation_id, begun.turn_id))


@router.get(
    "/{conversation_id}/turns/{turn_id}/events",
    status_code=200,
    response_class=sse.EventStream,
    responses={200: {"content": {"text/event-stream": EVENT_STREAM}}},
)
async def events(turn_id: str, request: Request, held: Held, services: Serving) -> Response:
    """Resume a turn's stream after `Last-Event-ID`; a finished turn replays and ends."""
    after = sse.last_number(turn_id, request.headers.get("last-event-id"))
    live = services.turns.live(held.conversation_id, turn_id)
    if live is not None:
        return sse.EventStream(sse.of_live(live, min(after, len(live.events))))
    turn = await services.turns.wait(held.conversation_id, turn_id)
    return sse.EventStream(sse.of_stored(turn, after))


@router.post(
    "/{conversation_id}/turns/{turn_id}/stop",
    status_code=202,
    responses={202: {"model": Stopping}},
)
async def stop(turn_id: str, held: Held, services: Serving) -> Response:
    """Stop work on a turn; what was shown stays."""
    await services.turns.stop(held.conversation_id, turn_id)
    return reply({"turn_id": turn_id, "stopping": True}, 202)


@router.post(
    "/{conversation_id}/turns/{turn_id}/feedback",
    status_code=204,
    openapi_extra=documented(Feedback),
)
async def rate(
    turn_id: str,
    held: Held,
    services: Serving,
    body: Annotated[Feedback, Depends(json_body(Feedback))],
) -> Response:
    """Keep the visitor's opinion of an answer; the last one counts."""
    comment = clean(body.comment) if body.comment else None
    await services.conversations.rate(held.conversation_id, turn_id, body.rating, comment or None)
    return Response(status_code=204)
