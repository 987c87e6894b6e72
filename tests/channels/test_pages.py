"""The page, its files and headers, errors, and which other sites a browser lets in."""

from __future__ import annotations

import pytest
from tests.channels.client import Client
from tests.channels.conftest import ORIGIN, Modelled
from tests.channels.schemas import Article, Problem

ASKS = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}
PREFLIGHT = "/v1/conversations/any/messages"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/page/page.js", "text/javascript"),
        ("/page/page.css", "text/css"),
        ("/article", "text/html"),
        ("/openapi.json", "application/json"),
        ("/healthz", "application/json"),
        ("/nothing", "application/problem+json"),
        ("/v1/conversations/any", "application/problem+json"),
    ],
)
def test_every_response_carries_the_security_headers(client: Client, path: str, kind: str) -> None:
    headers = client.call("GET", path).headers
    assert headers["content-type"].partition(";")[0] == kind
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


def test_the_answers_of_the_api_are_kept_by_nobody(client: Client) -> None:
    talk = client.converse()
    for reply in (talk.call("GET"), talk.send("hello"), client.call("POST", "/v1/conversations")):
        assert reply.headers["cache-control"] == "no-store"


def test_a_file_that_is_known_is_not_sent_again(client: Client) -> None:
    first = client.call("GET", "/page/page.js")
    again = client.call("GET", "/page/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../pages.py",
        "../../settings.py",
        "..%2fpages.py",
        "%2e%2e/pages.py",
        "%2e%2e%2fpages.py",
        "..%5cpages.py",
        "....//pages.py",
        "./page.js",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "page.js%00",
        "page.js/",
        "page.js%20",
        "PAGE.JS",
        "__init__.py",
        "unknown.js",
    ],
)
def test_only_files_of_the_page_are_served(client: Client, name: str) -> None:
    reply = client.call("GET", f"/page/{name}")
    # The slash at an end may be answered with the way to the file, never with anything else.
    assert reply.status in ({307, 404} if name == "page.js/" else {404})
    assert b"import" not in reply.body
    assert b"root:" not in reply.body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/nothing/zq81vulture", 404),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/v1/conversations", 405),
        ("PUT", "/v1/score", 405),
        ("DELETE", "/healthz", 405),
        ("PATCH", "/v1/conversations/zq81vulture", 405),
        ("TRACE", "/", 405),
    ],
)
def test_addresses_and_methods_that_are_none_get_a_problem(
    client: Client, method: str, path: str, status: int
) -> None:
    reply = client.call(method, path)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert Problem.model_validate_json(reply.body).status == status
    assert b"zq81vulture" not in reply.body
    assert ("allow" in reply.headers) == (status == 405)


def test_every_citation_leads_to_an_element_of_the_article(
    client: Client, article: Article
) -> None:
    turn = client.converse().say("Can freelancers build production-grade AI?")
    for citation in turn["citations"]:
        page, _, anchor = citation["url"].partition("#")
        assert (page, anchor) == ("/article", citation["section_id"])
        assert anchor in article.sections


def test_every_section_that_can_be_found_has_an_element(client: Client, article: Article) -> None:
    for query in ("cost", "security", "speed", "long-term maintenance", "when to choose"):
        for one in client.call("POST", "/v1/search", {"query": query, "k": 20}).json["passages"]:
            assert one["section_id"] in article.sections


# --- other sites ---------------------------------------------------------------------------------


def test_an_allowed_site_may_call(modelled: Modelled) -> None:
    asked = modelled.client.call("OPTIONS", PREFLIGHT, headers={"origin": ORIGIN, **ASKS})
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in asked.headers["access-control-allow-methods"]
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type"} <= {one.strip() for one in allowed.split(",")}
    assert "access-control-allow-credentials" not in asked.headers
    made = modelled.client.call("POST", "/v1/conversations", headers={"origin": ORIGIN})
    assert (made.status, made.headers["access-control-allow-origin"]) == (201, ORIGIN)
    assert "origin" in made.headers["vary"].lower()


def test_an_allowed_site_sees_errors_too(modelled: Modelled) -> None:
    refused = modelled.client.call("GET", "/v1/conversations/any", headers={"origin": ORIGIN})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (404, ORIGIN)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        ORIGIN.replace("https", "http"),
        f"{ORIGIN}.evil.example",
        f"{ORIGIN}:8443",
        ORIGIN.replace("www.", ""),
    ],
)
def test_a_foreign_site_gets_no_leave(modelled: Modelled, origin: str) -> None:
    asked = modelled.client.call("OPTIONS", PREFLIGHT, headers={"origin": origin, **ASKS})
    made = modelled.client.call("POST", "/v1/conversations", headers={"origin": origin})
    for reply in (asked, made):
        assert "access-control-allow-origin" not in reply.headers


def test_without_the_setting_no_other_site_may_call(client: Client) -> None:
    asked = client.call("OPTIONS", PREFLIGHT, headers={"origin": ORIGIN, **ASKS})
    made = client.call("POST", "/v1/conversations", headers={"origin": ORIGIN})
    assert asked.status >= 400
    for reply in (asked, made):
        assert [name for name in reply.headers if name.startswith("access-control")] == []
