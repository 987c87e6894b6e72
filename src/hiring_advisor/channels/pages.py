"""The page at `/`, its files, and the article with an anchor for every section id.

Files come from a fixed table read at start: no name from the wire reaches the file system.
"""

from __future__ import annotations

import hashlib
from html import escape
from pathlib import Path

from fastapi import APIRouter, Request, Response

from hiring_advisor.channels.conversation_routes import Serving
from hiring_advisor.corpus import documents
from hiring_advisor.corpus.documents import Document, Section
from hiring_advisor.errors import NotFound

FOLDER = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES = {
    path.name: (path.read_bytes(), _TYPES[path.suffix])
    for path in sorted(FOLDER.iterdir())
    if path.suffix in _TYPES
}
router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(request: Request) -> Response:
    """The page on which one talks to the advisor."""
    return _file("index.html", request)


@router.get("/page/{name}")
async def file(name: str, request: Request) -> Response:
    """A file of the page."""
    return _file(name, request)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """None; browsers ask all the same."""
    return Response(status_code=204, headers={"cache-control": "max-age=86400"})


@router.get("/article")
async def article(services: Serving) -> Response:
    """The article and FAQ, each section under its id, so that citations have somewhere to lead."""
    found = documents.load(services.settings.corpus_dir)
    return Response(article_page(found), media_type="text/html; charset=utf-8")


def _file(name: str, request: Request) -> Response:
    if name not in _FILES:
        raise NotFound("There is nothing at this address.")
    data, kind = _FILES[name]
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    headers = {"cache-control": "no-cache", "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=kind)


def article_page(found: tuple[Document, ...]) -> str:
    """The documents as one plain HTML page."""
    title = escape(found[0].title)
    body = "".join(_section(section) for document in found for section in document.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/page/page.css"></head>'
        f'<body class="article"><main class="article-text"><p><a href="/">Ask the advisor</a></p>'
        f"{body}</main></body></html>"
    )


def _section(section: Section) -> str:
    anchor = escape(section.section_id, quote=True)
    if section.kind == "row":
        cells = section.statements[0].cells
        text = (
            f"<strong>{escape(cells[0])}</strong>: freelancers {escape(cells[1])}; "
            f"full-time engineers {escape(cells[2])}"
        )
        return f'<p id="{anchor}">{text}</p>'
    if section.kind == "bullet":
        return f'<p id="{anchor}">• {escape(section.statements[0].text)}</p>'
    level = min(3, len(section.path))
    paragraphs = "".join(
        f"<p>{escape(' '.join(statement.text for statement in paragraph))}</p>"
        for paragraph in section.paragraphs
    )
    return f'<h{level} id="{anchor}">{escape(section.heading)}</h{level}>{paragraphs}'
