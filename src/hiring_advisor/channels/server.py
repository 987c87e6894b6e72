"""Serving over HTTP with uvicorn."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING

from hiring_advisor.channels import logs, telemetry
from hiring_advisor.settings import Settings, load, share_metrics

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

WORKER_START_S = 60

log = logging.getLogger(__name__)


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped. Raises `SettingsError` before anything is opened, and
    `StorageUnavailable` where nothing could be stored.
    """
    from hiring_advisor.channels.connections import raise_file_limit

    settings = load()
    telemetry.check(settings)
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
    log.info("open: %s", what_is_open(settings, host, port, workers))
    # uvicorn ends gracefully, then raises the signal once more: to whoever waits for us a stop
    # that was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        _serve(_config(settings, host, port, workers), settings)
    except SystemExit as end:
        raise SystemExit(0 if not end.code else 1) from None  # uvicorn has numbers of its own


def _config(settings: Settings, host: str, port: int, workers: int) -> Config:
    import uvicorn

    from hiring_advisor.channels.connections import DeadlineProtocol
    from hiring_advisor.channels.stopping import FLUSH_S

    return uvicorn.Config(
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
        timeout_graceful_shutdown=int(settings.stop_grace_s + FLUSH_S),
        timeout_keep_alive=15,
        timeout_worker_healthcheck=WORKER_START_S,
    )


def _serve(config: Config, settings: Settings) -> None:
    import uvicorn

    sock = config.bind_socket()
    if config.workers == 1:
        server = uvicorn.Server(config)
        server.run([sock])
        if not server.started:
            raise SystemExit(1)
        return
    from hiring_advisor.channels.supervisor import Supervisor

    with TemporaryDirectory(prefix="hiring-advisor-metrics-") as folder:
        share_metrics(Path(folder))
        Supervisor(config, [sock], delay_s=settings.stop_delay_s, metrics=folder).run()


def what_is_open(settings: Settings, host: str, port: int, workers: int) -> str:
    """What this server offers, and to whom: one line, without a secret."""
    operators = "holders of ADVISOR_API_KEYS" if settings.api_keys else "this machine alone"
    sites = ", ".join(settings.allowed_origins) or "its own origin alone"
    scheme = settings.resolved_database_url.partition(":")[0].partition("+")[0]
    model = settings.model if settings.uses_model else "none"
    traces = "on" if settings.otlp_endpoint else "off"
    return (
        f"http://{host}:{port}, {workers} process{'es' if workers > 1 else ''}; "
        f"page, API and /openapi.json for everyone, /metrics for {operators}; "
        f"sites: {sites}; storage: {scheme}, kept {settings.retention_days} days; "
        f"model: {model}; traces: {traces}"
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
    return create_app(is_process=True)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
