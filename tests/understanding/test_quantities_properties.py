"""Properties of the grammar of quantities, and the time it takes."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiring_advisor.understanding.quantities import Quantity, Role, find, role


def one(text: str) -> Quantity:
    found = find(text)
    assert len(found) == 1, f"{text!r}: {found}"
    return found[0]


def read(text: str) -> tuple[str, Decimal | int, Decimal | int, str]:
    quantity = one(text)
    return quantity.kind, quantity.low, quantity.high, quantity.unit


# --- properties ------------------------------------------------------------------------------


def _split(words: str) -> list[str]:
    return words.split()


_WORDS = _split(
    "a an and half to two three twenty hundred thousand million few couple of - , . ' / + € $ k m "
    "10 2.5 40,000 007 eur users people weeks month year quarter by the end next for in last every "
    "since 2019 budget is asap or between figure"
)
_messages = st.one_of(
    st.text(),
    st.lists(st.sampled_from(_WORDS), max_size=25).flatmap(
        lambda words: st.sampled_from(("", " ")).map(lambda joint: joint.join(words))
    ),
)


@given(_messages)
def test_any_text_has_quantities_that_are_verbatim_sorted_and_apart(text: str) -> None:
    end = 0
    for quantity in find(text):
        assert end <= quantity.start < quantity.end <= len(text)
        assert quantity.text == text[quantity.start : quantity.end]
        assert Decimal(0) <= quantity.low <= quantity.high
        assert role(text, quantity) in get_args(Role)
        end = quantity.end


def _grouped(value: int, mark: str) -> str:
    return f"{value:,}".replace(",", mark)


def _indian(value: int) -> str:
    head, tail = divmod(value, 1000)
    if not head:
        return str(tail)
    pairs = ""
    while head >= 100:
        head, pair = divmod(head, 100)
        pairs = f",{pair:02}{pairs}"
    return f"{head}{pairs},{tail:03}"


@given(
    value=st.integers(1, 10**9),
    before=st.sampled_from(("", "we have ", "Budget: ", "so, ")),
    after=st.sampled_from(("", ".", ", all in", " for it\nand more")),
)
def test_an_amount_reads_back_the_same_in_every_style(value: int, before: str, after: str) -> None:
    renderings = {
        f"€{value}": "EUR",
        f"€{_grouped(value, ',')}": "EUR",
        f"${_grouped(value, ',')}.50": "USD",
        f"{_grouped(value, '.')} €": "EUR",
        f"{_grouped(value, '.')},50 €": "EUR",
        f"{_grouped(value, ' ')} EUR": "EUR",
        f"CHF {_grouped(value, chr(39))}": "CHF",
        f"₹{_indian(value)}": "INR",
        f"{value}k GBP": "GBP",
        f"{value} lakh rupees": "INR",
    }
    for rendering, unit in renderings.items():
        expected = Decimal(value)
        if rendering.startswith("$") or ",50 €" in rendering:
            expected += Decimal("0.5")
        factor = 1000 if "k " in rendering else 100_000 if "lakh" in rendering else 1
        quantity = one(before + rendering + after)
        assert (quantity.text, quantity.unit) == (rendering, unit)
        assert quantity.low == quantity.high == expected * factor


_SMALL = _split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = _split("_ _ twenty thirty forty fifty sixty seventy eighty ninety")


def _spelled(value: int, hyphen: str, joint: str) -> str:
    if value < 20:
        return _SMALL[value]
    if value < 100:
        tens, rest = divmod(value, 10)
        return _TENS[tens] + (hyphen + _SMALL[rest] if rest else "")
    unit, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    head, rest = divmod(value, unit)
    spelled = f"{_spelled(head, hyphen, joint)} {name}"
    return f"{spelled}{joint}{_spelled(rest, hyphen, joint)}" if rest else spelled


@given(
    value=st.integers(2, 9999),
    hyphen=st.sampled_from(("-", " ")),
    joint=st.sampled_from((" ", " and ")),
    noun=st.sampled_from((("users", "user", 1), ("weeks", "week", 7), ("euros", "EUR", 1))),
)
def test_a_number_in_words_reads_back_the_same(
    value: int, hyphen: str, joint: str, noun: tuple[str, str, int]
) -> None:
    plural, unit, factor = noun
    quantity = one(f"{_spelled(value, hyphen, joint)} {plural}")
    assert quantity.low == quantity.high == value * factor
    assert quantity.unit == unit


@given(
    low=st.integers(1, 400), more=st.integers(1, 400), joint=st.sampled_from(("-", " to ", " – "))
)
def test_a_range_reads_back_with_both_its_ends(low: int, more: int, joint: str) -> None:
    high = low + more
    assert read(f"{low}{joint}{high} days") == ("duration", low, high, "day")
    assert read(f"€{low}{joint}{high}k") == ("money", low * 1000, high * 1000, "EUR")


# --- time --------------------------------------------------------------------------------------

_SLOW_TO_READ = (
    "1", "1,", "1 ", " and ", "a half ", "€", "€1", "two to ", "hundred and ", "twenty-", "1-",
    "a few of ", "budget is ", "5k ", "€5k to ", "in 2 weeks ", "by the end of the ", "+1 ", "!",
    "-", "\n", "1/", "a.", "½",
)  # fmt: skip


def _seconds(text: str) -> float:
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        find(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize("piece", _SLOW_TO_READ)
def test_twice_the_text_takes_no_more_than_about_twice_the_time(piece: str) -> None:
    once, twice = (_seconds((piece * n)[:n]) for n in (4_000, 8_000))
    assert twice <= 3 * once + 0.005


@pytest.mark.parametrize("piece", _SLOW_TO_READ)
def test_twenty_thousand_characters_are_read_at_once(piece: str) -> None:
    # 50 ms on an idle machine; a busy one is given some slack. A square would take far longer.
    assert _seconds((piece * 20_000)[:20_000]) <= 0.1
