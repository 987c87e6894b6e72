"""What the routes work with, opened at start and closed at the end."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import Request

from hiring_advisor.bootstrap import Parts, data_folder
from hiring_advisor.channels.limiting import Limiter
from hiring_advisor.channels.metrics import Metrics
from hiring_advisor.errors import StorageUnavailable
from hiring_advisor.settings import Settings
from hiring_advisor.storage.conversations import Conversations
from hiring_advisor.storage.database import Database
from hiring_advisor.turns import Turns

SWEEP_EVERY_S = 3600.0

log = logging.getLogger(__name__)


@dataclass
class Services:
    """The parts of a running server."""

    parts: Parts
    database: Database
    conversations: Conversations
    turns: Turns
    limiter: Limiter
    metrics: Metrics
    is_stopping: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return self.parts.settings

    @classmethod
    async def open(cls, settings: Settings) -> Services:
        """Open the database, put the advisor together and start what runs beside it."""
        parts = Parts(settings)
        if settings.database_url is None:
            data_folder(settings)
        database = Database(settings.resolved_database_url)
        advisor, _ = await asyncio.gather(asyncio.to_thread(lambda: parts.advisor), database.open())
        conversations = Conversations(database)
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        limiter = Limiter(settings.rate_limit, settings.site_rate_limit, redis_url)
        metrics = Metrics()
        turns = Turns(advisor, conversations, on_end=metrics.turn_ended)
        services = cls(parts, database, conversations, turns, limiter, metrics)
        parts.attach_index_soon()
        # The first call of the tool loads LangChain's half: better now than for the first visitor.
        services._tasks.append(asyncio.create_task(asyncio.to_thread(parts.warm)))
        services._tasks.append(asyncio.create_task(services._sweep()))
        await services.turns.recover()
        return services

    async def _sweep(self) -> None:
        """Erase what is past its time, at start and every hour."""
        while True:
            with suppress(StorageUnavailable):
                count = await self.conversations.erase_expired()
                if count:
                    log.info("erased %d expired conversations", count)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def close(self) -> None:
        """Let turns end, then close the database."""
        self.is_stopping = True
        self.parts.keeper.stop()
        await self.turns.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.limiter.close()
        await self.database.close()


def address_of(request: Request) -> str:
    """The visitor's address; a proxy's word counts only where that proxy is trusted."""
    return request.client.host if request.client else ""


def services_of(request: Request) -> Services:
    """The services of the app that a request came to."""
    services: Services = request.app.state.services
    return services
