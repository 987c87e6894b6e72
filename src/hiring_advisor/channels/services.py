"""What the routes work with, opened at start and closed at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from hiring_advisor.answering.turn import Turn
from hiring_advisor.bootstrap import Parts, data_folder
from hiring_advisor.channels import health, telemetry
from hiring_advisor.channels.limiting import Limiter
from hiring_advisor.channels.metrics import Metrics
from hiring_advisor.channels.telemetry import Telemetry
from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.settings import Settings, shared_metrics
from hiring_advisor.storage.database import Database
from hiring_advisor.storage.steady import SteadyConversations
from hiring_advisor.turns import Turns

SWEEP_EVERY_S = 3600.0
RECOVER_EVERY_S = 10.0
FIGURES_EVERY_S = 10.0

log = logging.getLogger(__name__)


@dataclass
class Services:
    """The parts of a running server."""

    parts: Parts
    conversations: SteadyConversations
    turns: Turns
    limiter: Limiter
    metrics: Metrics
    telemetry: Telemetry | None = None
    is_stopping: bool = False
    _stop_at: float | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return self.parts.settings

    @property
    def mode(self) -> str:
        """`openai` or `embedded`."""
        return "openai" if self.settings.uses_model else "embedded"

    @classmethod
    async def open(cls, settings: Settings) -> Services:
        """Open the database, put the advisor together and start what runs beside it."""
        metrics = Metrics(shared_metrics())
        traces = telemetry.start(settings, metrics.spans_dropped)
        parts = Parts(settings)
        if settings.database_url is None:
            with suppress(OSError):  # the database says what is wrong with it
                data_folder(settings)
        conversations = SteadyConversations(Database(settings.resolved_database_url))
        advisor, _ = await asyncio.gather(
            asyncio.to_thread(lambda: parts.advisor),
            conversations.open(allow_unstored=settings.allow_unstored),
        )
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        limiter = Limiter(settings.rate_limit, settings.site_rate_limit, redis_url)

        def on_end(turn: Turn) -> None:
            metrics.turn_ended(turn)
            if settings.access_log:
                _log_turn(turn)

        turns = Turns(advisor, conversations, on_end=on_end)
        services = cls(parts, conversations, turns, limiter, metrics, traces)
        parts.attach_index_soon(parts.keeper.watch)
        services._begin(asyncio.to_thread(parts.warm))
        services._begin(services._sweep())
        if shared_metrics() is not None:
            services._begin(services._keep_figures())
        with suppress(StorageUnavailable):
            await services.turns.recover()
        services._begin(services._recover())
        return services

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _recover(self) -> None:
        """Mark the turns of processes that died, as long as this one lives."""
        while True:
            await asyncio.sleep(RECOVER_EVERY_S)
            with suppress(StorageUnavailable):
                await self.turns.recover()

    async def _sweep(self) -> None:
        """Erase what is past its time, at start and every hour."""
        while True:
            with suppress(StorageUnavailable):
                count = await self.conversations.erase_expired()
                if count:
                    log.info("erased %d expired conversations", count)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _keep_figures(self) -> None:
        """Keep this worker's states fresh: another one may be asked for them."""
        while True:
            self.set_states()
            await asyncio.sleep(FIGURES_EVERY_S)

    def set_states(self) -> None:
        """Note the states of the parts among the figures."""
        self.metrics.set(
            retrieval_canary_ok=health.vectors(self) == "ok",
            breaker_state=health.model(self) == "open",
            limits_degraded=self.limiter.state == "degraded",
            unsaved_turns=health.unsaved(self),
            budget_spent_tokens=health.budget_spent(self),
        )

    def figures(self) -> bytes:
        """The figures for operators, as Prometheus text."""
        self.set_states()
        return self.metrics.render()

    async def drain(self, grace_s: float) -> None:
        """Let turns end for `grace_s`, then end them, and begin no more.

        Runs until it is cancelled.
        """
        self._stop_at = asyncio.get_running_loop().time() + grace_s
        while True:
            await self.turns.close(self._seconds_left())
            await asyncio.sleep(0.05)

    def _seconds_left(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._stop_at is None:
            return self.settings.stop_grace_s
        return max(0.0, self._stop_at - now)

    async def close(self) -> None:
        """Let turns end, then close the database."""
        self.is_stopping = True
        self.parts.keeper.close()
        await self.turns.close(self._seconds_left())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.limiter.close()
        await self.conversations.close()
        if self.telemetry is not None:
            await asyncio.to_thread(self.telemetry.close)


def _log_turn(turn: Turn) -> None:
    found = turn.recommendation
    what = {
        "turn_id": turn.turn_id,
        "kind": turn.kind,
        "mode": turn.mode,
        "verdict": None if found is None else found.verdict,
        "degraded": turn.degraded,
        "stopped": turn.stopped,
        "ms": turn.timings_ms.get("total", 0.0),
        "model_calls": turn.usage.llm_calls,
    }
    log.info("turn", extra=what)


def address_of(request: Request) -> str:
    """The visitor's address; a proxy's word counts only where that proxy is trusted."""
    return request.client.host if request.client else ""


def services_of(request: Request) -> Services:
    """The services of the app that a request came to."""
    services: Services = request.app.state.services
    return services
