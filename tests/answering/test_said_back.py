"""What a visitor wrote is said back to show what was understood, but no address of theirs."""

from __future__ import annotations

from tests.conftest import Ask


def test_words_that_state_a_fact_are_said_back(ask: Ask) -> None:
    turn = ask("We only want a demo for our investors. Whom should we hire?")
    assert "stage" in turn.facts
    assert "“We only want a demo" in turn.text


def test_an_address_in_them_is_not(ask: Ask) -> None:
    turn = ask("We only want a demo for www.evil.example by Friday. Whom should we hire?")
    assert "stage" in turn.facts
    assert "evil" in turn.facts["stage"].quote
    assert "evil" not in turn.text
    assert turn.recommendation is not None
