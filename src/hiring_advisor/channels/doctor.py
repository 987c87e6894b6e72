"""`hiring-advisor doctor`: each part of the set-up, and what to mend, a line each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import orjson

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels import doctor_checks as checks
from hiring_advisor.errors import AdvisorError
from hiring_advisor.settings import Settings, load

MARKS = {"ok": "ok  ", "note": "note", "mend": "MEND"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a part; a `note` may be meant, what is to `mend` is not."""

    part: str
    state: Literal["ok", "note", "mend"]
    text: str


def examine(*, as_json: bool = False) -> bool:
    """Check all parts and print a line for each; return whether nothing is to be mended."""
    found: list[Finding] = []
    for finding in _findings():
        found.append(finding)
        if not as_json:
            print(f"{MARKS[finding.state]}  {finding.part:9} {finding.text}", flush=True)
    is_well = all(one.state != "mend" for one in found)
    if as_json:
        report = {"is_well": is_well, "parts": [asdict(one) for one in found]}
        sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")
    return is_well


def _findings() -> Iterator[Finding]:
    yield Finding("versions", "ok", checks.versions())
    try:
        settings = load()
    except AdvisorError as error:
        for line in error.message.splitlines():
            yield Finding("settings", "mend", line)
        return
    yield Finding("settings", "ok", "each of them makes sense")
    for text in checks.odd_settings(settings):
        yield Finding("settings", "note", text)
    for part, check in _checks(settings):
        yield _checked(part, check)
    for text in checks.addressed(settings):
        yield Finding("corpus", "note", text)


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    parts = Parts(settings)
    yield "clock", checks.clock
    yield "folder", lambda: checks.folder(settings)
    yield "models", checks.models
    yield "corpus", lambda: checks.corpus(parts)
    yield "content", lambda: checks.content(settings)
    yield "rubric", lambda: f"version {parts.rubric.version}, {len(parts.rubric.rules)} rules"
    yield "advisor", lambda: f"content is whole, mode {parts.advisor.composer.mode}"
    yield "index", lambda: checks.index(parts)
    yield "database", lambda: asyncio.run(checks.database(settings))
    if settings.uses_model:
        yield "model", lambda: asyncio.run(checks.model(parts))
    if settings.redis_url is not None:
        yield "limits", lambda: asyncio.run(checks.redis(settings))
    if settings.otlp_endpoint is not None:
        yield "traces", lambda: checks.traces(settings)


def _checked(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, "ok", check())
    except AdvisorError as error:
        return Finding(part, "mend", error.message)
    except OSError as error:
        return Finding(part, "mend", f"the system says: {error.strerror or type(error).__name__}.")
