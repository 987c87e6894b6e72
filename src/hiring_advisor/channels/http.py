"""The HTTP app: routes, errors, headers, and what opens and closes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from hiring_advisor import __version__
from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels import conversation_routes, openapi, pages, problems, tool_routes
from hiring_advisor.channels.headers import SecurityHeaders
from hiring_advisor.channels.hosts import TrustedHosts
from hiring_advisor.channels.requests import Requests
from hiring_advisor.channels.services import Services, services_of
from hiring_advisor.channels.stopping import on_signals
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import BadRequest, Forbidden
from hiring_advisor.settings import Settings, load


class App(FastAPI):
    """FastAPI with our headers around all of it: its own refusals and crashes have them too."""

    https_alone = False
    rubric: Callable[[], Rubric]

    def openapi(self) -> dict[str, Any]:
        """The document, made once: it depends on nothing that a request says."""
        if self.openapi_schema is None:
            openapi.complete(super().openapi(), self.rubric())
        return super().openapi()

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's stack, in the headers."""
        return SecurityHeaders(super().build_middleware_stack(), https=self.https_alone)


def create_app(settings: Settings | None = None, *, is_process: bool = False) -> FastAPI:
    """The app for these settings, or for those of the environment. Raises `SettingsError`.

    Where it `is_process`, a process of its own, signals that end the process go by it first.
    """
    given = settings or load()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await Services.open(given)
        app.state.services = services
        try:
            with on_signals(services) if is_process else nullcontext():
                yield
        finally:
            await services.close()

    app = App(
        title="hiring-advisor",
        summary="Freelancers or full-time AI engineers? Cited answers and a replayable verdict.",
        version=__version__,
        lifespan=lifespan,
        # The ready-made documentation pages load their scripts from another host.
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(conversation_routes.router, dependencies=[Depends(_no_foreign_page)])
    app.include_router(tool_routes.router, dependencies=[Depends(_no_foreign_page)])
    app.include_router(pages.router)
    app.rubric = lambda: Parts(given).rubric
    app.https_alone = (given.public_url or "").startswith("https://")
    app.add_middleware(Requests, is_logged=given.access_log)  # innermost: 500s get all headers
    if given.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(given.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "last-event-id"],
            allow_credentials=False,
            expose_headers=[
                "x-request-id",
                "retry-after",
                "ratelimit-limit",
                "ratelimit-remaining",
                "ratelimit-reset",
            ],
            max_age=600,
        )
    if given.trusted_hosts:
        app.add_middleware(TrustedHosts, names=given.trusted_hosts)
    return app


_FORM_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})


async def _no_foreign_page(request: Request) -> None:
    """Let no page of another site post here in its visitor's name, unless its site is allowed.

    Browsers send such requests without asking first, and CORS hides only the answer.
    """
    if request.method != "POST":
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # Any other type, and this header, a page cannot send without having asked.
    if kind in _FORM_TYPES and "authorization" not in request.headers:
        raise BadRequest("Send the body as application/json.", 415)
    is_foreign = request.headers.get("sec-fetch-site", "") in {"cross-site", "same-site"}
    allowed = services_of(request).settings.allowed_origins
    if is_foreign and request.headers.get("origin", "") not in allowed:
        raise Forbidden("Pages of this site may not talk to the advisor.", 403)
