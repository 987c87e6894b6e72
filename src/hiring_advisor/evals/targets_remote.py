"""Targets over the network: an advisor's own HTTP API, or any OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from hiring_advisor.errors import AdvisorError
from hiring_advisor.evals.targets import Turn

TIMEOUT_S = 60.0
TRIES = 8
MOST_WAIT_S = 60.0
_ADVISE = (
    r"(?<!not )(?<!never )(?<!n't )(?<!n’t )\brecommend(?:ing)? (?:that you )?"
    r"(?:hir(?:e|ing) |us(?:e|ing) )?(?:an? )?"
)
_VERDICT = (
    ("hybrid", r"\bstaged plan\b|\bhybrid\b|first freelancers\b.*\bthen full-time\b"),
    ("need_more_info", r"\bcannot recommend\b|\bneed (?:to know )?more\b|\btoo little\b"),
    ("freelancers", _ADVISE + r"freelanc"),
    ("full_time", _ADVISE + r"full-?\s?time"),
)


class HttpTarget:
    """A running advisor at `base_url`, asked over its HTTP API as a visitor's page asks it."""

    def __init__(self, base_url: str, name: str = "http") -> None:
        self.name, self.waits = name, True
        self._client = _client_of(base_url)
        self._held: dict[str, str] = {}  # conversation id to its token

    async def say(self, turns: Sequence[Turn], text: str) -> Turn:
        """Send one message of a conversation."""
        if turns:
            held = turns[-1]["conversation_id"]
        else:
            made = await self._post("/v1/conversations", None)
            held = made["conversation_id"]
            self._held[held] = made["token"]
        return await self._post(
            f"/v1/conversations/{held}/messages", {"text": text}, token=self._held[held]
        )

    async def search(self, query: str, k: int) -> list[str] | None:
        """The sections of the best passages."""
        found = await self._post("/v1/search", {"query": query, "k": k})
        return [passage["section_id"] for passage in found["passages"]]

    async def score(self, facts: Mapping[str, str]) -> dict[str, Any] | None:
        """Score facts."""
        return await self._post("/v1/score", {"facts": dict(facts)})

    async def close(self) -> None:
        """Erase the conversations that were begun, and hang up."""
        for held, token in self._held.items():
            headers = {"authorization": f"Bearer {token}"}
            try:
                await self._client.delete(f"/v1/conversations/{held}", headers=headers)
            except httpx.HTTPError:
                break
        await self._client.aclose()

    async def _post(
        self, path: str, body: Mapping[str, Any] | None, token: str | None = None
    ) -> dict[str, Any]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await posted(self._client, path, body, headers)


class OpenAITarget:
    """Anything that answers `POST /chat/completions` under `base_url`.

    Only words come back: what wants facts, citations or tool calls stays unscored, and the verdict
    is read from the words. An endpoint that adds a `turn` to its answer is measured in full.
    """

    def __init__(self, base_url: str, model: str, key: str | None, name: str) -> None:
        self.name, self.waits = name, True
        self._model = model
        headers = {"authorization": f"Bearer {key or 'none'}"}
        self._client = _client_of(base_url.rstrip("/") + "/", headers)

    async def say(self, turns: Sequence[Turn], text: str) -> Turn:
        """Send the conversation so far and the new message."""
        messages = []
        for turn in turns:
            messages.append({"role": "user", "content": turn["user_text"]})
            messages.append({"role": "assistant", "content": turn["text"]})
        messages.append({"role": "user", "content": text})
        begun = time.perf_counter()
        body = {"model": self._model, "messages": messages, "temperature": 0}
        answer = await posted(self._client, "chat/completions", body, {})
        total_ms = 1000 * (time.perf_counter() - begun)
        try:
            said = answer["choices"][0]["message"]["content"] or ""
        except (KeyError, IndexError, TypeError):
            raise AdvisorError(f"{self.name}: the endpoint's answer holds no message.") from None
        if isinstance(answer.get("turn"), dict):
            return {**answer["turn"], "user_text": text}
        usage = answer.get("usage") or {}
        verdict = verdict_in(said)
        return {
            "user_text": text,
            "text": said,
            "words_only": True,
            "kind": "answer" if verdict is None else "recommendation",
            "recommendation": None if verdict is None else {"verdict": verdict},
            "usage": {
                "llm_calls": 1,
                "prompt_tokens": usage.get("prompt_tokens", 0),
                "completion_tokens": usage.get("completion_tokens", 0),
            },
            "timings_ms": {"total": round(total_ms, 1)},
        }

    async def search(self, query: str, k: int) -> list[str] | None:
        """Such an endpoint has no search."""
        return None

    async def score(self, facts: Mapping[str, str]) -> dict[str, Any] | None:
        """Such an endpoint has no scoring."""
        return None

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


def _client_of(base_url: str, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client that keeps no connection open: cases run in one event loop, closing in another."""
    return httpx.AsyncClient(
        base_url=base_url, headers=headers, timeout=TIMEOUT_S, trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )  # fmt: skip


def verdict_in(text: str) -> str | None:
    """The verdict that a text recommends, by its words; None where it recommends nothing."""
    low = text.lower()
    found = [
        (match.start(), verdict)
        for verdict, pattern in _VERDICT
        if (match := re.search(pattern, low)) is not None
    ]
    return min(found)[1] if found else None


def wait_of(retry_after: str) -> float:
    """The seconds to wait before the next try; one where a server names a date."""
    try:
        return min(max(0.0, float(retry_after)), MOST_WAIT_S)
    except ValueError:
        return 1.0


async def posted(
    client: httpx.AsyncClient, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Post JSON and return JSON; waits where the server is busy. Raises `AdvisorError`."""
    for attempt in range(1, TRIES + 1):
        try:
            response = await client.post(path, json=body, headers=dict(headers))
        except httpx.HTTPError as error:
            raise AdvisorError(
                f"{client.base_url.host}: the target does not answer ({type(error).__name__})."
            ) from None
        if response.status_code in (429, 503) and attempt < TRIES:
            await asyncio.sleep(wait_of(response.headers.get("retry-after", "1")))
            continue
        if response.status_code >= 400:
            raise AdvisorError(
                f"{client.base_url.host}: the target answered with status {response.status_code}."
            )
        try:
            value = response.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise AdvisorError(f"{client.base_url.host}: the target's answer is no JSON object.")
        return value
    raise AssertionError("unreachable")
