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
from hiring_advisor.corpus.documents import Document
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
    """The documents as one plain HTML page, in the order of their lines."""
    title = escape(found[0].title)
    body = "".join(_line(line) for document in found for line in document.raw.splitlines())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/page/page.css"></head>'
        f'<body class="article"><main class="article-text"><p><a href="/">Ask the advisor</a></p>'
        f"{body}</main></body></html>"
    )


def _line(line: str) -> str:
    """One line of Markdown as HTML; what a section id marks can be linked to."""
    text, _, anchor = line.strip().partition(" {#")
    if not text or text.startswith(("| ---", "| Criteria")):
        return ""
    target = f' id="{escape(anchor.rstrip("}"), quote=True)}"' if anchor else ""
    if text.startswith("#"):
        level = len(text) - len(text.lstrip("#"))
        return f"<h{level}{target}>{escape(text.lstrip('# '))}</h{level}>"
    if text.startswith("- "):
        return f"<p{target}>• {escape(text[2:])}</p>"
    if text.startswith("|"):
        criterion, freelancers, full_time = (cell.strip() for cell in text.strip("|").split("|"))
        return (
            f"<p{target}><strong>{escape(criterion)}</strong>: freelancers "
            f"“{escape(freelancers)}”, full-time engineers “{escape(full_time)}”</p>"
        )
    # A paragraph may name the section that it belongs to; that heading has the id already.
    return f"<p>{escape(text)}</p>"
