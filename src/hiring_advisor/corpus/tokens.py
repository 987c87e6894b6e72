"""Token counts with `o200k_base`, whose vocabulary lies in the package: nothing is downloaded."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    # TIKTOKEN_CACHE_DIR points into the package: `settings.quiet_third_parties` sets it.
    import tiktoken

    return tiktoken.get_encoding("o200k_base")


def count_tokens(text: str) -> int:
    """Number of `o200k_base` tokens; marks of special tokens in the text count as plain text."""
    return len(_encoding().encode(text, disallowed_special=()))
