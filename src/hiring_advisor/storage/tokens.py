"""Ids and tokens. An id may be shown and logged; a token opens a conversation and is never kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_id() -> str:
    """Return a random id: 24 url-safe characters, more than 128 bits.

    It never starts with a dash, so that it can stand on a command line.
    """
    while True:
        drawn = secrets.token_urlsafe(18)
        if not drawn.startswith("-"):
            return drawn


def new_token() -> str:
    """Return a bearer token of 256 random bits, url-safe."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return what is stored in a token's place: its SHA-256 as 64 hexadecimal digits.

    A token has 256 random bits, so there is nothing that salt or a slow hash would add.
    """
    # A header may hold any text, lone surrogates included; it just fits no conversation then.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def matches(token: str, stored: str) -> bool:
    """Whether `stored` is the fingerprint of `token`; takes the same time either way."""
    return hmac.compare_digest(fingerprint(token), stored)
