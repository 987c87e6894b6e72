"""Serving over HTTP with uvicorn."""

from __future__ import annotations

import os
import sys

from hiring_advisor.settings import load


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped. Raises `SettingsError` before anything is opened."""
    import uvicorn

    settings = load()
    if workers > 1 and settings.database_url is None:
        print(
            "Several workers share one SQLite file: fine for a start, "
            "set DATABASE_URL to PostgreSQL for more.",
            file=sys.stderr,
        )
    if os.isatty(sys.stderr.fileno()):
        print(f"The advisor starts at http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr)
    uvicorn.run(
        "hiring_advisor.channels.http:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="info",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=25,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=16 * 1024,
    )
