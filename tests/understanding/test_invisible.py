"""No code point that nobody sees survives inside a word, whichever of all of them it is."""

from __future__ import annotations

import sys
import unicodedata

from hiring_advisor.understanding.normalise import clean

IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties."""


def hides(code: int) -> bool:
    return any(first <= code <= last for first, last in IGNORABLE)


def test_of_all_code_points_no_hidden_one_survives_inside_a_word() -> None:
    survived = []
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        is_control = unicodedata.category(char) == "Cc" and char not in "\t\n"
        if (hides(code) or is_control) and char in clean(f"wo{char}rd"):
            survived.append(f"U+{code:04X}")
    assert survived == []


def test_selectors_hide_neither_after_digits_nor_after_letters_of_any_script() -> None:
    for before in ("1", "#", "あ", "中", "a", "é", "ก"):
        assert clean(f"{before}\ufe0fx") == f"{before}x"


def test_emoji_that_need_their_selector_keep_it() -> None:
    for emoji in ("❤\ufe0f", "☺\ufe0f", "1\ufe0f\u20e3", "#\ufe0f\u20e3", "©\ufe0f", "㊗\ufe0f"):
        assert clean(f"a {emoji} b") == f"a {emoji} b"
