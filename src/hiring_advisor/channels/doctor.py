"""`hiring-advisor doctor`: each part of the set-up, and what to mend, a line each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from hiring_advisor.bootstrap import MODELS, Parts, data_folder
from hiring_advisor.errors import AdvisorError
from hiring_advisor.settings import Settings, load


def examine() -> bool:
    """Check all parts and print a line for each; return whether everything is well."""
    try:
        settings = load()
    except AdvisorError as error:
        _line(False, "settings", error.message)
        return False
    _line(True, "settings", "they make sense")
    parts = Parts(settings)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("models", _models),
        ("corpus", lambda: _corpus(parts)),
        ("content", lambda: _content(settings)),
        ("rubric", lambda: f"version {parts.rubric.version}, {len(parts.rubric.rules)} rules"),
        ("advisor", lambda: f"content is whole, mode {parts.advisor.composer.mode}"),
        ("index", lambda: _index(parts)),
        ("database", lambda: asyncio.run(_database(settings))),
    ]
    if settings.uses_model:
        checks.append(("model", lambda: asyncio.run(_model(parts))))
    results = [_checked(name, check) for name, check in checks]
    return all(results)


def _checked(name: str, check: Callable[[], str]) -> bool:
    try:
        _line(True, name, check())
    except AdvisorError as error:
        _line(False, name, error.message)
        return False
    except OSError as error:
        _line(False, name, f"the system says: {error.strerror}.")
        return False
    return True


def _line(is_well: bool, name: str, text: str) -> None:
    mark = "ok  " if is_well else "MEND"
    print(f"{mark}  {name:9} {text}", file=sys.stdout)


def _models() -> str:
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


def _corpus(parts: Parts) -> str:
    from hiring_advisor.corpus.sources import compare

    folder = parts.settings.corpus_dir
    problems = [problem for source in parts.library.sources for problem in compare(folder, source)]
    if problems:
        raise AdvisorError(f"{problems[0]}.")
    return f"{len(parts.library.chunks)} chunks, word for word as the source"


def _content(settings: Settings) -> str:
    from hiring_advisor.corpus.seal import report

    problem = report(settings.corpus_dir, settings.prompts_dir)
    if problem:
        raise AdvisorError(problem)
    return "corpus and prompts are as they were sealed"


def _index(parts: Parts) -> str:
    if not parts.attach_index():
        raise AdvisorError(
            "the vector index cannot be used, questions are answered by words alone: "
            "run `hiring-advisor ingest`."
        )
    return "the vector index answers its canary queries"


async def _database(settings: Settings) -> str:
    from hiring_advisor.storage.database import Database

    if settings.database_url is None:
        data_folder(settings)
    database = Database(settings.resolved_database_url)
    try:
        await database.open()
        await database.check()
    finally:
        await database.close()
    return "reachable, tables up to date"


async def _model(parts: Parts) -> str:
    from hiring_advisor.understanding.chat import Spent

    spent = Spent()
    async for _ in parts.chat.stream("Answer with one word.", "Say ready.", spent):
        break
    return f"{parts.settings.model} answers"
