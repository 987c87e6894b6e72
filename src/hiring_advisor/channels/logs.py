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

# Each pattern begins with something of its own and never looks back: linear in the text.
_SECRETS = (
    # What is called a secret, with its value: `api_key=…`, `"token": "…"`, `Authorization: …`.
    r"(?i:key(?!error)|token|secret|passw(?:or)?d|passphrase|pwd|authorization|signature|credentials?|cookie)"
    r"[\w-]{0,40}[\"']?\s{0,4}[=:]\s{0,4}[\"']?"
    r"(?i:(?:bearer|basic|token)\s{1,4})?[^\s\"',}]{6,}",
    r"\b(?i:bearer|basic)\s{1,4}[\w.~+/=-]{8,}",
    # Who one is in an address, and an address that is a secret.
    r"(?<=://)[^\s/@]+(?=@)|hooks\.slack\.com/\S+",
    # Keys by what their makers let them begin with.
    r"(?:\bsk-|\bxox[a-z]-|\bxoxe\.xox[a-z]-|\bxapp-)[\w-]{8,}",
    r"\bxai-\w{16,}|\b(?:[srp]k_(?:live|test)|whsec|gsk|hf|npm|gh[opusr]|github_pat|lsv2_[ps][tk])_\w{16,}",
    r"\b(?:glpat|pypi|shpat|dckr_pat|ya29|SG|AIza)[\w.-]{16,}",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}|(?<![\w-])eyJ[\w-]{10,}\.[\w.-]+",
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?",
)
_SECRET = re.compile("|".join(_SECRETS))
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

Event = MutableMapping[str, Any]


def scrub(text: str) -> str:
    """A text without secrets, and without characters that a terminal obeys or a line ends at."""
    return _UNSEEN.sub(" ", _SECRET.sub("[scrubbed]", text))


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
    # Who asked for what is nobody's business: addresses, ids and whatever stands in a query.
    for name, is_heard in (("uvicorn", True), ("uvicorn.error", True), ("uvicorn.access", False)):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = is_heard
    # Their informative lines hold request bodies, addresses or nothing of use.
    for name in ("httpx", "httpx2", "openai", "chromadb", "bm25s", "alembic", "slack_bolt"):
        logging.getLogger(name).setLevel(logging.WARNING)
