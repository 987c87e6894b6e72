from __future__ import annotations

import re

from hiring_advisor.storage import tokens


def test_ids_and_tokens_are_url_safe_long_enough_and_never_the_same() -> None:
    ids = {tokens.new_id() for _ in range(2000)}
    given = {tokens.new_token() for _ in range(2000)}

    assert len(ids) == len(given) == 2000
    # Six bits a character.
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,}", one) for one in ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", one) for one in given)


def test_an_id_can_stand_on_a_command_line() -> None:
    assert not any(tokens.new_id().startswith("-") for _ in range(2000))


def test_a_fingerprint_is_the_sha256_in_hexadecimal() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert tokens.fingerprint("abc") == expected


def test_a_token_matches_its_own_fingerprint_only() -> None:
    token, other = tokens.new_token(), tokens.new_token()

    assert tokens.matches(token, tokens.fingerprint(token))
    assert not tokens.matches(other, tokens.fingerprint(token))
    assert not tokens.matches("\ud800 ü", tokens.fingerprint(token))
