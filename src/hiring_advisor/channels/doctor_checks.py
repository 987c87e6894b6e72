"""The checks of `hiring-advisor doctor`: each returns what is well, or raises what to mend."""

from __future__ import annotations

import platform
import shlex
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hiring_advisor import __version__
from hiring_advisor.bootstrap import MODELS, Parts, data_folder
from hiring_advisor.errors import AdvisorError, ModelUnavailable
from hiring_advisor.settings import Settings

LEAST_FREE_BYTES = 200 * 1024 * 1024
PATIENCE_S = 5.0
DAY_S = 86_400


def versions() -> str:
    """Ours, and those of what we stand on."""
    return (
        f"hiring-advisor {__version__}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def odd_settings(settings: Settings) -> Iterator[str]:
    """Settings that make sense each, and together probably not what was meant."""
    has_key = settings.openai_api_key is not None
    is_public = settings.public_url is not None
    is_postgres = settings.resolved_database_url.startswith("postgres")
    slack_hears = settings.slack_signing_secret or settings.slack_app_token
    if has_key and settings.mode == "embedded":
        yield "OPENAI_API_KEY is set, and ADVISOR_MODE=embedded does not use it."
    if settings.openai_base_url and not has_key:
        yield _without("OPENAI_BASE_URL", "OPENAI_API_KEY", "no model is used")
    if is_public and not settings.trusted_proxies:
        what = "behind a proxy all visitors would share one rate limit"
        yield _without("ADVISOR_PUBLIC_URL", "ADVISOR_TRUSTED_PROXIES", what)
    if is_public and not settings.api_keys:
        what = "what is for operators serves this machine alone"
        yield _without("ADVISOR_PUBLIC_URL", "ADVISOR_API_KEYS", what)
    if is_postgres and settings.redis_url is None:
        yield _without("DATABASE_URL", "REDIS_URL", "each process counts rate limits for itself")
    if settings.handoff_email_to and settings.smtp_url is None:
        yield _without("HANDOFF_EMAIL_TO", "SMTP_URL", "no mail can be sent")
    if settings.handoff_webhook_url and settings.handoff_webhook_secret is None:
        what = "its receiver cannot tell who sends"
        yield _without("HANDOFF_WEBHOOK_URL", "HANDOFF_WEBHOOK_SECRET", what)
    if settings.slack_bot_token and not slack_hears:
        what = "nothing of Slack's reaches the advisor"
        yield _without("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN", what)
    if settings.otlp_headers and settings.otlp_endpoint is None:
        what = "there are no traces"
        yield _without("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_ENDPOINT", what)
    if settings.stop_delay_s >= settings.stop_grace_s:
        yield "ADVISOR_STOP_DELAY_S leaves nothing of ADVISOR_STOP_GRACE_S: turns are cut short."


def _without(name: str, other: str, what: str) -> str:
    return f"{name} is set without {other}: {what}."


def clock() -> str:
    """The clock is not behind the day on which this was installed, nor far ahead of it."""
    installed = Path(__file__).stat().st_mtime
    now = time.time()
    if now < installed - DAY_S or now > installed + 20 * 365 * DAY_S:
        raise AdvisorError("the system's clock is wrong: conversations would expire wrongly.")
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))


def folder(settings: Settings) -> str:
    """The data folder can be written, and its disk has room."""
    try:
        place = data_folder(settings)
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"room?")
    except OSError as error:
        raise AdvisorError(
            f"ADVISOR_DATA_DIR cannot be written ({error.strerror}): give this user the right to."
        ) from error
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE_BYTES:
        raise AdvisorError(f"the disk of ADVISOR_DATA_DIR is nearly full: {free >> 20} MiB left.")
    return f"ADVISOR_DATA_DIR can be written, {free >> 20} MiB are free"


def models() -> str:
    """The package's models are what was shipped."""
    import hashlib

    wrong = [
        name
        for line in (MODELS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        for digest, name in [line.split()]
        if hashlib.sha256((MODELS / name).read_bytes()).hexdigest() != digest
    ]
    if wrong:
        raise AdvisorError(f"damaged: {', '.join(wrong)}; install the package anew.")
    return "MiniLM and its tokenizer are whole"


def corpus(parts: Parts) -> str:
    """The corpus says what its source says."""
    from hiring_advisor.corpus.sources import compare

    place = parts.settings.corpus_dir
    problems = [problem for source in parts.library.sources for problem in compare(place, source)]
    if problems:
        raise AdvisorError(f"{problems[0]}.")
    return f"{len(parts.library.chunks)} chunks, word for word as the source"


def content(settings: Settings) -> str:
    """Corpus and prompts are as they were sealed."""
    from hiring_advisor.corpus.seal import report

    problem = report(settings.corpus_dir, settings.prompts_dir)
    if problem:
        raise AdvisorError(problem)
    return "corpus and prompts are as they were sealed"


def addressed(settings: Settings) -> Iterator[str]:
    """Lines of the corpus that speak to whoever reads them by machine."""
    from hiring_advisor.corpus.addressed import look_through
    from hiring_advisor.corpus.sources import load_sources

    try:
        yield from map(str, look_through(settings.corpus_dir, load_sources(settings.corpus_dir)))
    except AdvisorError:
        return  # the check of the corpus has said what is wrong with it


def index(parts: Parts) -> str:
    """The vector index answers, the embedded one or a Chroma server's."""
    is_server = parts.settings.chroma_url is not None
    if not parts.attach_index():
        mend = "look after the server at CHROMA_URL" if is_server else "run `hiring-advisor ingest`"
        raise AdvisorError(
            f"the vector index cannot be used, questions are answered by words alone: {mend}."
        )
    parts.keeper.prove()
    where = "the Chroma server" if is_server else "the embedded index"
    return f"{where} answers its canary queries"


async def database(settings: Settings) -> str:
    """The database is there, with tables of this version."""
    from hiring_advisor.storage.database import Database

    if settings.database_url is None:
        data_folder(settings)
    opened = Database(settings.resolved_database_url)
    try:
        await opened.open()
        await opened.check()
    finally:
        await opened.close()
    for aside in opened.lying_aside():
        new = aside.with_name(f"{aside.name}.recovered")
        raise AdvisorError(
            f"works, but a damaged one lies aside; recover it with\n"
            f"      sqlite3 {shlex.quote(str(aside))} .recover | sqlite3 {shlex.quote(str(new))}\n"
            "      and move both away from the data folder when you have what you need."
        )
    return "SQLite, tables up to date" if opened.is_sqlite else "PostgreSQL, tables up to date"


async def model(parts: Parts) -> str:
    """The model answers."""
    from hiring_advisor.understanding.chat import Asked, Spent
    from hiring_advisor.understanding.failures import advice

    name = parts.settings.model
    try:
        async for _ in parts.chat.stream(Asked("Answer with one word.", "Say ready."), Spent()):
            break
    except ModelUnavailable as error:
        raise AdvisorError(advice(error, name)) from error
    return f"{name} answers"


async def redis(settings: Settings) -> str:
    """Redis answers."""
    from hiring_advisor.channels.limiting import reach

    if settings.redis_url is None or not await reach(settings.redis_url.get_secret_value()):
        raise AdvisorError(
            "Redis cannot be reached, each process counts for itself: look at REDIS_URL."
        )
    return "Redis answers"


def traces(settings: Settings) -> str:
    """The collector takes an export that holds nothing."""
    from hiring_advisor.channels.telemetry import probe

    reason = probe(settings, PATIENCE_S)
    if reason is not None:
        raise AdvisorError(f"{reason}: look at OTEL_EXPORTER_OTLP_ENDPOINT.")
    return "the collector takes traces"
