"""Whom a process lets in while the database cannot be asked: few, and not for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hiring_advisor.storage import known
from hiring_advisor.storage.known import FRESH_S, KNOWN_S, Known
from hiring_advisor.storage.records import Conversation

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def conversation(name: str, *, days: int = 30) -> Conversation:
    return Conversation(name, NOW, NOW + timedelta(days=days))


def test_a_holder_is_let_in_with_the_token_that_was_seen_and_no_other() -> None:
    seen = Known()
    seen.add("hash", conversation("a"))
    assert seen.get("a", "hash", NOW) == conversation("a")
    assert seen.get("a", "hush", NOW) is None
    assert seen.get("a", "", NOW) is None
    assert seen.get("b", "hash", NOW) is None


def test_a_conversation_past_its_time_lets_nobody_in() -> None:
    seen = Known()
    seen.add("hash", conversation("a", days=1))
    assert seen.get("a", "hash", NOW + timedelta(hours=23)) is not None
    assert seen.get("a", "hash", NOW + timedelta(days=1)) is None


def test_what_was_seen_is_fresh_for_a_minute_and_known_for_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(known, "monotonic", lambda: now)
    seen = Known()
    seen.add("hash", conversation("a"))
    now += FRESH_S - 1
    assert seen.is_fresh("a")
    now += 2
    assert not seen.is_fresh("a")
    assert seen.get("a", "hash", NOW) is not None
    now += KNOWN_S
    assert seen.get("a", "hash", NOW) is None


def test_the_oldest_are_forgotten_first_and_so_are_erasures() -> None:
    seen = Known(most=3)
    for name in "abcd":
        seen.add("hash", conversation(name))
        seen.erased(name)
    assert [seen.get(name, "hash", NOW) is not None for name in "abcd"] == [False, *[True] * 3]
    assert [seen.is_erased(name) for name in "abcd"] == [False, *[True] * 3]


def test_the_number_of_the_last_turn_outlives_being_seen_again() -> None:
    seen = Known()
    seen.add("hash", conversation("a"))
    assert seen.last_seq("a") is None
    seen.note("a", 7)
    seen.note("a", 3)
    seen.add("hash", conversation("a"))
    assert seen.last_seq("a") == 7
    seen.forget("a")
    assert seen.last_seq("a") is None
    assert seen.get("a", "hash", NOW) is None
