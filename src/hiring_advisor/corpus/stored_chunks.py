"""Chunks as JSON, so that a start need not cut them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import orjson

from hiring_advisor.corpus.chunking import Chunk
from hiring_advisor.corpus.documents import Statement


def write_chunks(chunks: Sequence[Chunk]) -> bytes:
    """Chunks as JSON."""
    return orjson.dumps([asdict(chunk) for chunk in chunks])


def read_chunks(data: bytes) -> list[Chunk]:
    """Chunks from JSON. Raises `ValueError`, `TypeError` or `KeyError` when it is none of ours."""
    return [
        Chunk(
            **{
                **entry,
                "path": tuple(entry["path"]),
                "asked": tuple(entry["asked"]),
                "statements": tuple(
                    Statement(**{**one, "cells": tuple(one["cells"])})
                    for one in entry["statements"]
                ),
            }
        )
        for entry in orjson.loads(data)
    ]
