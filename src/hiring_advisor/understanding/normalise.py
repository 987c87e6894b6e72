"""What strangers send, cleaned once at the edge: the same text is stored, read and shown back."""

from __future__ import annotations

import re
import unicodedata

# Zero-width and bidi controls, the tag block, variation selectors beyond emoji's, fillers.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff\U0001d173-\U0001d17a\U00013430-\U00013455\U0001bca0-\U0001bca3]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029")
# U+FE0F makes an emoji of a sign or of a keycap; after anything else, and after itself, it is only
# hidden.
_STRAY_SELECTOR = re.compile(
    "(?<![\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff#*0-9])\ufe0f"
    "|(?<=[#*0-9])\ufe0f(?!\u20e3)"
)
_MOST_MARKS = 3
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """Compose (NFC), drop what cannot be seen, cap stacked marks, trim. Idempotent.

    Lone surrogates, which no encoding takes, become U+FFFD.
    """
    if _has_surrogate(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub("", _CONTROL.sub("", text))
    text = _STRAY_SELECTOR.sub("", text)
    text = _cap_marks(unicodedata.normalize("NFC", text))
    return _BLANK_LINES.sub("\n\n\n", text).strip()


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _cap_marks(text: str) -> str:
    """Keep the first marks of a stack: no script puts more on a letter than a reader can see."""
    if text.isascii():
        return text
    kept: list[str] = []
    stacked = 0
    for char in text:
        stacked = stacked + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if stacked <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)
