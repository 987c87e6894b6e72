"""What strangers send is cleaned once: nothing hidden, nothing stacked, nothing unencodable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.understanding.normalise import clean

SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that are drawn: number signs and the like around Arabic and Kaithi digits."""

HIDDEN = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "zero width non-joiner": "\u200c",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "word joiner": "\u2060",
    "right-to-left override": "\u202e",
    "right-to-left isolate": "\u2067",
    "arabic letter mark": "\u061c",
    "tag letter": "\U000e0041",
    "variation selector 1": "\ufe00",
    "variation selector 17": "\U000e0100",
    "mongolian vowel separator": "\u180e",
    "hangul filler": "\u3164",
    "combining grapheme joiner": "\u034f",
    "shorthand overlap": "\U0001bca0",
    "hieroglyph joiner": "\U00013430",
    "interlinear annotation": "\ufff9",
    "escape": "\x1b",
    "nul": "\x00",
    "backspace": "\x08",
    "c1 control": "\x9b",
}


@given(st.text(st.characters(codec=None), max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(
    st.text(
        st.sampled_from("ae\u0301\u0323\u0344\u20d0\u1100\u1161\u11a8\u200b\r\n \ufe0f❤"),
        max_size=30,
    )
)
def test_cleaning_twice_is_cleaning_once_where_signs_combine(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_no_code_point_that_cannot_be_seen_survives() -> None:
    everything = "a" + "".join(chr(code) for code in range(0x110000))
    left = {
        char for char in clean(everything)
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }  # fmt: skip
    assert left - set(SIGNS) == {"\n", "\t"}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_characters_leave_no_trace(hidden: str) -> None:
    assert clean(f"bud{hidden}get") == "budget"


@pytest.mark.parametrize("emoji", ["❤️", "⚠️", "✔️", "☎️", "1️⃣", "#️⃣", "™️", "🏳️", "🅰️", "㊗️"])
def test_emoji_that_need_their_selector_keep_it(emoji: str) -> None:
    assert clean(f"good {emoji}!") == f"good {emoji}!"


@pytest.mark.parametrize("text", ["a\ufe0fb", "\ufe0fhi", "❤\ufe0f\ufe0f\ufe0f", " \ufe0f"])
def test_a_selector_that_selects_nothing_goes(text: str) -> None:
    assert clean(text) == clean(text.replace("\ufe0f", "", text.count("\ufe0f") - ("❤" in text)))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("half \ud800 pair", "half \ufffd pair"),
        ("\udc00", "\ufffd"),
        ("a whole pair \ud83d\ude00", "a whole pair 😀"),
    ],
)
def test_lone_surrogates_become_the_replacement_character(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
    clean(text).encode("utf-8")


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0335", "\u0489", "\u0591", "\u0651", "\u0e31", "\u0fb5"]
)
def test_stacks_of_marks_are_capped_in_every_script(mark: str) -> None:
    cleaned = clean(f"b{mark * 200}udget")
    assert cleaned.count(mark) == 3
    assert cleaned.endswith("udget")


@pytest.mark.parametrize(
    "text",
    [
        "Việt Nam",
        "naïve café",
        "बजट सीमित है",
        "ميزانيّة",
        "תַּקְצִיב",
        "ราคาเท่าไร",
        "예산이 적어요",
        "予算は?",
    ],
)
def test_writing_of_other_languages_is_left_alone(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("  a\tb \n", "a\tb"),
        ("cafe\u0301", "café"),
        ("\u200b\u200b \n", ""),
    ],
)
def test_line_ends_and_margins_are_put_in_order(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
