"""What the documents name exists, and every setting is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "evals" / "README.md"]
    # History: what it names may be gone.
    if page.name != "CHANGELOG.md"
)
SETUP = [ROOT / name for name in (".env.example", "compose.yaml", "Dockerfile")]
MARKDOWN = sorted({*PAGES, ROOT / "CHANGELOG.md", *ROOT.glob("src/**/*.md")})

FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
FAMILIES = "ADVISOR|OPENAI|DATABASE|CHROMA|REDIS|SLACK|HANDOFF|SMTP|OTEL"
SETTING = re.compile(rf"(?<![A-Z0-9_])(?:{FAMILIES})_[A-Z0-9_]*[A-Z0-9]")
ROUTE = re.compile(r"(?:(GET|POST|PUT|PATCH|DELETE) )?(/[A-Za-z0-9_{}$./-]*)")
ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1|localhost|HOST):?\d*(/[A-Za-z0-9_{}$./-]*)")
# Code marks hold file names as well.
FOLDERS = ("/app", "/dev", "/etc", "/opt", "/tmp", "/usr", "/var")
COMMAND = re.compile(r"hiring-advisor(?:\", ?\"| )([a-z][a-z-]*)")
TARGET = re.compile(r"(?:^|[ (&;|])make ([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def settings_named(text: str) -> set[str]:
    return set(SETTING.findall(text))


def code(text: str) -> str:
    """What stands in code marks, one piece a line."""
    return "\n".join([*FENCE.findall(text), *SPAN.findall(FENCE.sub("", text))])


def routes_named(text: str) -> set[tuple[str, str]]:
    """(method or "", path) of the routes in code spans and of this server's addresses anywhere."""
    spans = [ROUTE.fullmatch(span.split("?")[0]) for span in SPAN.findall(FENCE.sub("", text))]
    named = {(match[1] or "", match[2]) for match in spans if match}
    named |= {("", path) for path in ADDRESS.findall(text)}
    return {(method, path) for method, path in named if not path.startswith(FOLDERS)}


def commands_named(text: str) -> set[str]:
    return set(COMMAND.findall(text))


def targets_named(text: str) -> set[str]:
    return set(TARGET.findall(text))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in headings}


def broken_links(page: Path) -> list[str]:
    text = SPAN.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    broken = []
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def wrong(files: Iterable[Path], named: Callable[[str], set[str]], known: set[str]) -> list[str]:
    """`file: name` for each name that is not known."""
    return [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in sorted(named(file.read_text(encoding="utf-8")) - known)
    ]


@pytest.fixture(scope="module")
def defaults() -> dict[str, object]:
    """Each setting's name in the environment with its default."""
    from hiring_advisor.settings import Settings

    fields = Settings.model_fields.values()
    # A factory looks for a place; its fallback is what the documents say.
    return {field.alias or "": None if field.default_factory else field.default for field in fields}


@pytest.fixture(scope="module")
def routes() -> list[tuple[set[str], re.Pattern[str]]]:
    """Methods (none: any) and the pattern of each route, mounted applications included."""
    from fastapi.routing import iter_route_contexts

    from hiring_advisor.channels.http import create_app

    found = []
    for route in iter_route_contexts(create_app().routes):
        path = str(getattr(route, "path", ""))
        if not path:
            continue  # a mount at the root would vouch for every path
        pattern = re.sub(r"\\\{[^}]*?:path\\\}", ".+", re.escape(path))
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", pattern)
        methods = getattr(route, "methods", None)
        # A mount answers for all that lies below it.
        found.append((set(methods or ()), re.compile(pattern if methods else f"{pattern}(/.*)?")))
    return found


@pytest.fixture(scope="module")
def commands() -> set[str]:
    import typer

    from hiring_advisor.channels.cli import app

    return set(getattr(typer.main.get_command(app), "commands", {}))


def test_every_setting_that_is_named_exists(defaults: dict[str, object]) -> None:
    assert wrong([*PAGES, *SETUP], settings_named, set(defaults)) == []


@pytest.mark.parametrize("page", [".env.example", "docs/settings.md"])
def test_every_setting_is_named_with_its_default(defaults: dict[str, object], page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = []
    for name, default in defaults.items():
        value = "" if default in (None, ()) else str(default)
        if page == ".env.example":
            line = f"^#{name}=" + (re.escape(value) + "$" if value else "")
        else:
            line = rf"^\| `{name}` \| " + (re.escape(f"`{value}`") if value else "")
        if not re.search(line, text, re.MULTILINE):
            missing.append(f"{name} {value}".strip())
    assert missing == []


def test_every_route_that_is_named_exists(
    routes: list[tuple[set[str], re.Pattern[str]]],
) -> None:
    unknown = [
        f"{page.relative_to(ROOT)}: {method} {path}"
        for page in PAGES
        for method, path in sorted(routes_named(page.read_text(encoding="utf-8")))
        if not any(
            pattern.fullmatch(path) and (not method or not methods or method in methods)
            for methods, pattern in routes
        )
    ]
    assert unknown == []


def test_every_command_that_is_named_exists(commands: set[str]) -> None:
    assert wrong(PAGES, lambda text: commands_named(code(text)), commands) == []
    assert wrong([*SETUP, ROOT / "Makefile"], commands_named, commands) == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert wrong(PAGES, lambda text: targets_named(code(text)), targets) == []
    assert wrong([ROOT / ".ci" / "run"], targets_named, targets) == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_names_are_found_where_they_stand_and_nowhere_else(tmp_path: Path) -> None:
    text = (
        "The `POST /v1/score?x=1` call, `/healthz`, `/app/var`, and/or `ADVISOR_MODE`\n"
        "make sure that hiring-advisor works with TEST_REDIS_URL\n\n"
        "```sh\nmake run && hiring-advisor ask 'x'\ncurl http://127.0.0.1:8000/v1/rubric\n```\n"
    )
    assert settings_named(text) == {"ADVISOR_MODE"}
    assert routes_named(text) == {("POST", "/v1/score"), ("", "/healthz"), ("", "/v1/rubric")}
    assert commands_named(code(text)) == {"ask"}
    assert commands_named('CMD ["hiring-advisor", "serve"]') == {"serve"}
    assert targets_named(code(text)) == {"run"}
    (tmp_path / "page.md").write_text("# The page\n[a](#the-page) [b](#no) [c](gone.md) [d](.)")
    assert broken_links(tmp_path / "page.md") == ["#no", "gone.md"]
