"""The calls without a conversation: scoring, the rubric, search, health."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field, field_validator

from hiring_advisor.channels import health
from hiring_advisor.channels.bodies import Body, documented, json_body
from hiring_advisor.channels.conversation_routes import Serving, reply
from hiring_advisor.channels.openapi import Health, Passages, Readiness
from hiring_advisor.channels.operators import operator
from hiring_advisor.channels.views import passage_views, rubric_view
from hiring_advisor.errors import BadRequest
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.scoring.tool import unknown_fact
from hiring_advisor.understanding.normalise import clean

MAX_QUERY = 2000
MAX_K = 20
router = APIRouter()


class ScoreRequest(Body):
    """Facts by name; null, or a name left out, stands for not known."""

    facts: dict[str, str | None] = Field(max_length=64)


class SearchRequest(Body):
    """A question to look up."""

    query: str = Field(min_length=1, max_length=MAX_QUERY)
    k: int = Field(4, ge=1, le=MAX_K)

    @field_validator("k", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        # To JSON 4.0 is the same number as 4.
        return int(value) if isinstance(value, float) and value.is_integer() else value


@router.post(
    "/v1/score",
    tags=["scoring"],
    responses={200: {"model": Recommendation}},
    openapi_extra=documented(ScoreRequest),
)
async def score(
    services: Serving, body: Annotated[ScoreRequest, Depends(json_body(ScoreRequest))]
) -> Response:
    """Score facts by the tool: no conversation, no model."""
    known = {fact.name for fact in services.parts.rubric.facts}
    if not body.facts.keys() <= known:
        raise BadRequest(unknown_fact(services.parts.rubric, "", ""))
    profile = {name: value for name, value in body.facts.items() if value is not None}
    labels = {
        name: services.parts.rubric.fact(name).value(value).label
        for name, value in profile.items()
        if services.parts.rubric.knows(name, value)
    }
    return reply(services.parts.tool.call(profile, labels))


@router.get("/v1/rubric", tags=["scoring"], responses={200: {"model": dict[str, Any]}})
async def rubric(services: Serving) -> Response:
    """The rubric: options, facts with their questions, rules with points and their section."""
    return reply(rubric_view(services.parts.rubric))


@router.post(
    "/v1/search",
    tags=["search"],
    responses={200: {"model": Passages}},
    openapi_extra=documented(SearchRequest),
)
async def search(
    services: Serving, body: Annotated[SearchRequest, Depends(json_body(SearchRequest))]
) -> Response:
    """Passages of the article for a question, best first."""
    query = clean(body.query)
    if not query:
        raise BadRequest("The query is empty: write what to look for.")
    found = await asyncio.to_thread(services.parts.retriever.retrieve, query, body.k)
    return reply({"passages": passage_views(found)})


@router.get("/healthz", tags=["operation"], responses={200: {"model": Health}})
@router.get("/livez", tags=["operation"], include_in_schema=False)
async def alive() -> Response:
    """Alive."""
    return reply({"status": "ok"})


@router.get(
    "/readyz",
    tags=["operation"],
    responses={200: {"model": Readiness}, 503: {"model": Readiness}},
)
async def ready(services: Serving) -> Response:
    """Ready to answer; a part that is degraded (words alone, not the vectors) still answers."""
    found = await health.examine(services)
    return reply(found.view(), 503 if found.status == "down" else 200)


@router.get(
    "/metrics",
    tags=["operation"],
    response_class=PlainTextResponse,
    dependencies=[Depends(operator)],
)
async def metrics(services: Serving) -> Response:
    """Figures for operators, as Prometheus text."""
    return Response(services.figures(), media_type="text/plain; version=0.0.4; charset=utf-8")
