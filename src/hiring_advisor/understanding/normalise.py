"""What strangers send, cleaned once at the edge: the same text is stored, read and shown back."""

from __future__ import annotations

import re
import unicodedata

# Zero-width and bidi controls, the tag block, variation selectors beyond emoji's, fillers.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029")
_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})[\u0300-\u036f\u0"
    r"483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """Compose (NFC), drop what cannot be seen, cap stacked marks, trim. Idempotent.

    Lone surrogates, which no encoding takes, become U+FFFD.
    """
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub("", _CONTROL.sub("", text))
    text = unicodedata.normalize("NFC", text)
    text = _MARKS.sub(r"\1", text)
    return _BLANK_LINES.sub("\n\n\n", text).strip()


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)
