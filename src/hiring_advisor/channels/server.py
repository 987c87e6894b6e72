"""Serving over HTTP with uvicorn."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from hiring_advisor.channels import logs
from hiring_advisor.settings import Settings, load

if TYPE_CHECKING:
    from fastapi import FastAPI


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped. Raises `SettingsError` before anything is opened, and
    `StorageUnavailable` where nothing could be stored.
    """
    import uvicorn

    from hiring_advisor.channels.connections import DeadlineProtocol, raise_file_limit

    settings = load()
    if workers > 1 and settings.database_url is None:
        print(
            "Several workers share one SQLite file: fine for a start, "
            "set DATABASE_URL to PostgreSQL for more.",
            file=sys.stderr,
        )
    if os.isatty(sys.stderr.fileno()):
        print(f"The advisor starts at http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr)
    logs.configure()
    raise_file_limit()
    if not settings.allow_unstored:
        asyncio.run(_see_that_it_stores(settings))
    # uvicorn ends gracefully, then raises the signal once more: to whoever waits for us a stop
    # that was asked for is no failure.
    signal.signal(signal.SIGTERM, _leave)
    uvicorn.run(
        "hiring_advisor.channels.server:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=DeadlineProtocol,
        ws="none",
        log_config=None,
        # Without a trusted proxy nobody's word on addresses is taken, not even loopback's.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies) or None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=25,
        timeout_keep_alive=15,
    )


async def _see_that_it_stores(settings: Settings) -> None:
    from hiring_advisor.storage.database import Database

    database = Database(settings.resolved_database_url)
    try:
        await database.open()
    finally:
        await database.close()


def app() -> FastAPI:
    """The app of a process that serves, its logs set up: each worker is a process of its own."""
    from hiring_advisor.channels.http import create_app

    logs.configure()
    return create_app()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
