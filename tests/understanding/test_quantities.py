"""What people write about money, time and numbers, and what is read from it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hiring_advisor.understanding.quantities import Quantity, Role, find, role


def one(text: str) -> Quantity:
    found = find(text)
    assert len(found) == 1, f"{text!r}: {found}"
    return found[0]


def read(text: str) -> tuple[str, Decimal | int, Decimal | int, str]:
    quantity = one(text)
    return quantity.kind, quantity.low, quantity.high, quantity.unit


@pytest.mark.parametrize(
    ("said", "low", "high", "unit"),
    [
        ("€40,000", 40_000, 40_000, "EUR"),
        ("40.000 €", 40_000, 40_000, "EUR"),
        ("40 000 EUR", 40_000, 40_000, "EUR"),
        ("40\u202f000 EUR", 40_000, 40_000, "EUR"),
        ("CHF 40'000", 40_000, 40_000, "CHF"),
        ("CHF 40’000", 40_000, 40_000, "CHF"),
        ("20 000 Swiss francs", 20_000, 20_000, "CHF"),
        ("₹5 lakh", 500_000, 500_000, "INR"),
        ("₹5,00,000", 500_000, 500_000, "INR"),
        ("Rs. 5,00,000", 500_000, 500_000, "INR"),
        ("2 crore", 20_000_000, 20_000_000, ""),
        ("2 crore rupees", 20_000_000, 20_000_000, "INR"),
        ("1.5m", 1_500_000, 1_500_000, ""),
        ("$2.5 million", 2_500_000, 2_500_000, "USD"),
        ("1,5 Mio EUR", 1_500_000, 1_500_000, "EUR"),
        ("$1.234 million", 1_234_000, 1_234_000, "USD"),
        ("10k", 10_000, 10_000, ""),
        ("40 k €", 40_000, 40_000, "EUR"),
        ("EUR40k", 40_000, 40_000, "EUR"),
        ("US$40k", 40_000, 40_000, "USD"),
        ("A$ 5k", 5_000, 5_000, "AUD"),
        ("$40k CAD", 40_000, 40_000, "CAD"),
        ("ten grand", 10_000, 10_000, ""),
        ("thirty thousand pounds", 30_000, 30_000, "GBP"),
        ("two and a half million dollars", 2_500_000, 2_500_000, "USD"),
        ("EUR 10-15k", 10_000, 15_000, "EUR"),
        ("10–15k EUR", 10_000, 15_000, "EUR"),
        ("$50k-$75k", 50_000, 75_000, "USD"),
        ("€5k to €10k", 5_000, 10_000, "EUR"),
        ("500-1k euros", 500, 1_000, "EUR"),
        ("between 5 and 10 thousand dollars", 5_000, 10_000, "USD"),
        ("between €5k and €10k", 5_000, 10_000, "EUR"),
        ("5 figures", 10_000, 99_999, ""),
        ("a six-figure budget", 100_000, 999_999, ""),
        ("a few hundred euros", 300, 500, "EUR"),
        ("a couple of thousand", 2_000, 3_000, ""),
        ("a 40k budget", 40_000, 40_000, ""),
        ("40,000 budget", 40_000, 40_000, ""),
        ("our budget is around 8000", 8_000, 8_000, ""),
        ("we can spend 900 on it", 900, 900, ""),
        ("€1,234.56", Decimal("1234.56"), Decimal("1234.56"), "EUR"),
        ("1.234,56 €", Decimal("1234.56"), Decimal("1234.56"), "EUR"),
    ],
)
def test_money_is_read_in_every_common_style(
    said: str, low: Decimal | int, high: Decimal | int, unit: str
) -> None:
    assert read(said) == ("money", low, high, unit)


@pytest.mark.parametrize(
    ("said", "low", "high", "unit"),
    [
        ("ten days", 10, 10, "day"),
        ("24 hours", 1, 1, "hour"),
        ("half a year", Decimal("182.5"), Decimal("182.5"), "year"),
        ("one and a half years", Decimal("547.5"), Decimal("547.5"), "year"),
        ("a year and a half", Decimal("547.5"), Decimal("547.5"), "year"),
        ("2½ years", Decimal("912.5"), Decimal("912.5"), "year"),
        ("a couple of weeks", 14, 21, "week"),
        ("a few months", 90, 150, "month"),
        ("two to three weeks", 14, 21, "week"),
        ("two-three weeks", 14, 21, "week"),
        ("2-3 wks", 14, 21, "week"),
        ("6mo", 180, 180, "month"),
        ("3 yrs", 1095, 1095, "year"),
        ("2w", 14, 14, "week"),
        ("a fortnight", 14, 14, "fortnight"),
        ("a sprint or two", 14, 28, "sprint"),
        ("two quarters", 182, 182, "quarter"),
        ("ten working days", 10, 10, "day"),
        ("a two-week project", 14, 14, "week"),
        ("two weeks to two months", 14, 60, "month"),
        ("between two weeks and a month", 14, 30, "month"),
        ("overnight", 0, 1, "overnight"),
        ("by tomorrow", 0, 1, "tomorrow"),
        ("until Friday", 0, 7, "friday"),
        ("next week", 1, 14, "week"),
        ("by the end of the month", 0, 30, "month"),
        ("end of the quarter", 0, 91, "quarter"),
        ("end of Q3", 0, 365, "quarter"),
        ("by year-end", 0, 365, "year"),
        ("by Christmas", 0, 365, "christmas"),
        ("before the holidays", 0, 365, "holidays"),
        ("asap", 0, 14, "asap"),
        ("as soon as possible", 0, 14, "asap"),
        ("results within weeks", 14, 42, "week"),
        ("every other week", 14, 14, "week"),
    ],
)
def test_durations_are_read_in_days(
    said: str, low: Decimal | int, high: Decimal | int, unit: str
) -> None:
    assert read(said) == ("duration", low, high, unit)


@pytest.mark.parametrize(
    "said",
    [
        "for years",
        "for many years to come",
        "for good",
        "for as long as the product lives",
        "indefinitely",
        "forever",
        "for the long run",
        "in the long term",
        "for decades",
    ],
)
def test_what_has_no_end_lasts_from_three_years_to_infinity(said: str) -> None:
    quantity = one(f"it is to be maintained {said}")
    assert quantity.kind == "duration"
    assert quantity.low == 1095
    assert quantity.high == Decimal("Infinity")


@pytest.mark.parametrize(
    ("said", "low", "high", "unit"),
    [
        ("2 million users", 2_000_000, 2_000_000, "user"),
        ("five people", 5, 5, "person"),
        ("twenty-five employees", 25, 25, "employee"),
        ("a dozen users", 12, 12, "user"),
        ("half a million users", 500_000, 500_000, "user"),
        ("two hundred and fifty customer records", 250, 250, "record"),
        ("a handful of colleagues", 3, 6, "colleague"),
        ("hundreds of users", 200, 900, "user"),
        ("tens of thousands of daily active users", 20_000, 90_000, "user"),
        ("500 paying customers", 500, 500, "customer"),
        ("3 senior AI engineers", 3, 3, "engineer"),
        ("5 or 6 people", 5, 6, "person"),
        ("a 5-person team", 5, 5, "person"),
        ("a team of five", 5, 5, "person"),
        ("5m users", 5_000_000, 5_000_000, "user"),
        ("12,34,567 queries", 1_234_567, 1_234_567, "query"),
        ("1.250 million records", 1_250_000, 1_250_000, "record"),
    ],
)
def test_counts_are_read_with_the_noun_they_count(
    said: str, low: int, high: int, unit: str
) -> None:
    assert read(said) == ("count", low, high, unit)


@pytest.mark.parametrize(
    "said",
    """24/7|24/7 users|GPT-4|GPT-4 users|Q3|3.11|version 3.11.2|2024-05-01|2024-12-15 people
    |by 2025-01-02|10.10.2024|+49 170 1234567|call 555-1234|30%|30% users|365|Office 365
    |Office 365 users|top 10|top 10 users|step 2|step 2 users|12 Main Street|Web3|Web3 users
    |4 eyes principle|B2B|B2B users|C3PO|3D models|ISO 27001|10:30|1:1 people|2x users|3rd
    |two point five million users|a quarter of the budget|6m|007 agents|in Studio 54 people dance
    |budget 2024|200 CAD drawings|thanks a million|Llama 3 70B|10k lines of code|$|€€|15-10k|1€2€3
    |a user|one of our customers|this is it|next time|the second half|by the way|per se
    """.replace("\n", "").split("|"),
)
def test_what_may_be_something_else_is_left_out(said: str) -> None:
    assert find(said.strip()) == []


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("40k", "exact"),
        ("at most 40k", "at_most"),
        ("up to €5k", "at_most"),
        ("no more than two weeks", "at_most"),
        ("10k max", "at_most"),
        ("within 10 days", "at_most"),
        ("more than two years", "at_least"),
        ("10+ users", "at_least"),
        ("10 users or more", "at_least"),
        ("over 100k users", "at_least"),
        ("~3 months", "about"),
        ("approx. 3 months", "about"),
        ("10k-ish", "about"),
        ("two weeks or so", "about"),
        ("a few weeks", "about"),
    ],
)
def test_the_words_around_an_amount_bound_it(said: str, bound: str) -> None:
    assert one(said).bound == bound


def test_a_message_yields_its_quantities_in_order() -> None:
    text = "40k budget, live in two weeks; 50k requests a day. Budget 9k\n500 users"
    assert [(q.kind, q.text) for q in find(text)] == [
        ("money", "40k"),
        ("duration", "two weeks"),
        ("count", "50k requests"),
        ("duration", "a day"),
        ("money", "9k"),
        ("count", "500 users"),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("we need it in two weeks", "deadline"),
        ("live in less than 2 weeks", "deadline"),
        ("in approx. 3 weeks", "deadline"),
        ("within 10 days", "deadline"),
        ("in the next two weeks", "deadline"),
        ("by the end of the month", "deadline"),
        ("until Friday", "deadline"),
        ("before the holidays", "deadline"),
        ("asap", "deadline"),
        ("next week", "deadline"),
        ("the deadline is 10 days", "deadline"),
        ("we only have two weeks", "deadline"),
        ("two weeks' time", "deadline"),
        ("for six months", "length"),
        ("a two-week project", "length"),
        ("a three-month freelance contract", "length"),
        ("it takes three months", "length"),
        ("10 days", "length"),
        ("maybe 10 days max", "length"),
        ("timeline: 6 months", "length"),
        ("to be maintained for years", "length"),
        ("it has to run for at least five years", "length"),
        ("we have a limited budget for two years", "length"),
        ("maintained for the next 3 years", "length"),
        ("the contract runs 18 months", "length"),
        ("two months' worth of work", "length"),
        ("three years ago", "past"),
        ("for two years we have had a bot", "past"),
        ("we have used it for years", "past"),
        ("we've been at it for three years", "past"),
        ("over the last two years", "past"),
        ("since 2019", "past"),
        ("last year", "past"),
        ("every quarter", "recurring"),
        ("every 2 weeks", "recurring"),
        ("per week", "recurring"),
        ("once a year", "recurring"),
        ("€500/month", "recurring"),
        ("$5k a month", "recurring"),
        ("after half a year", "ahead"),
        ("in two years we want to lead", "ahead"),
        ("a 5-year-old company", "age"),
        ("we are 12 years in business", "age"),
        ("5 years of experience", "other"),
        ("60 days notice", "other"),
    ],
)
def test_a_duration_has_the_role_that_its_clause_gives_it(said: str, expected: Role) -> None:
    (duration,) = [q for q in find(said) if q.kind == "duration"]
    assert role(said, duration) == expected


def test_a_neighbouring_clause_does_not_lend_its_role() -> None:
    text = "Founded three years ago, now we need a demo in three weeks and two people for 6 months."
    assert [role(text, q) for q in find(text)] == ["past", "deadline", "other", "length"]


def test_money_and_counts_have_no_role_in_time() -> None:
    text = "in 5k euros for five people"
    assert [role(text, q) for q in find(text)] == ["other", "other"]
