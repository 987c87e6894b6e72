"""Structured logs: one event, one line, no words of visitors, no secrets.

Lines are JSON, except for a person at a terminal. Secrets are scrubbed here, at the logger, so
that no call site has to remember.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|xox[abposr]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|"
    r"(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)|"
    r"gh[pousr]_[A-Za-z0-9]{16,}|AKIA[0-9A-Z]{12,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+|"
    r"(?i:(?:api[_-]?key|token|secret|password|authorization|signature)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"',}]{6,}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Event = MutableMapping[str, Any]


def scrub(text: str) -> str:
    """A text without secrets and control characters."""
    return _CONTROL.sub(" ", _SECRET.sub("[scrubbed]", text))


def _scrubbed(logger: object, name: str, event: Event) -> Event:
    event.pop("color_message", None)  # uvicorn says its lines twice
    for key, value in list(event.items()):
        if isinstance(value, str):
            event[key] = scrub(value).replace("\n", " ⏎ " if key != "exception" else "\n")
        elif not isinstance(value, int | float | bool | None):
            event[key] = scrub(str(value))
    return event


def configure(*, for_people: bool | None = None) -> None:
    """Set up logging for this process: everything, uvicorn's too, to stderr."""
    is_terminal = sys.stderr.isatty() if for_people is None else for_people
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrubbed,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if is_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.setLevel(logging.INFO)  # some libraries lower their own loggers when imported
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Their informative lines hold request bodies, addresses or nothing of use.
    for name in ("httpx", "httpx2", "openai", "chromadb", "bm25s", "alembic", "slack_bolt"):
        logging.getLogger(name).setLevel(logging.WARNING)
