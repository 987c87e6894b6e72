"""The words that quantities are written with."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hiring_advisor.understanding.quantities_values import Bound


def split(words: str) -> list[str]:
    """Return the words of a list that is written as one string."""
    return words.split()


SMALL: Final = {
    word: value
    for value, word in enumerate(
        split(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        ),
        start=1,
    )
}
TENS: Final = {
    word: value * 10
    for value, word in enumerate(
        split("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}

_LAKH, _CRORE = Decimal(100_000), Decimal(10_000_000)
_THOUSAND, _MILLION, _BILLION = Decimal(1000), Decimal(10**6), Decimal(10**9)
SCALES: Final = {
    "hundred": Decimal(100),
    "dozen": Decimal(12),
    "thousand": _THOUSAND,
    "k": _THOUSAND,
    "tsd": _THOUSAND,
    "lakh": _LAKH,
    "lac": _LAKH,
    "million": _MILLION,
    "mio": _MILLION,
    "mn": _MILLION,
    "mm": _MILLION,
    "m": _MILLION,
    "crore": _CRORE,
    "cr": _CRORE,
    "billion": _BILLION,
    "bn": _BILLION,
    "mrd": _BILLION,
    "b": _BILLION,
    "l": _LAKH,
}
PLURAL_SCALES: Final = {"tens": Decimal(10)} | {
    f"{word}s": SCALES[word] for word in split("dozen hundred thousand lakh million crore billion")
}
GLUED_SCALES: Final = frozenset("mbl")
"""Letters that mean a scale only right after a digit: "2 m" is a length, "5 b" a list item."""

# What people mean by a vague number, as far as that can be said: its usual span.
VAGUE: Final = {
    "couple": (Decimal(2), Decimal(3)),
    "few": (Decimal(3), Decimal(5)),
    "several": (Decimal(3), Decimal(7)),
    "handful": (Decimal(3), Decimal(6)),
}
VAGUE_PLURAL: Final = (Decimal(2), Decimal(9))
"""How many hundreds are "hundreds"."""

SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
DOLLARS: Final = {
    "us": "USD", "a": "AUD", "au": "AUD", "c": "CAD", "ca": "CAD", "nz": "NZD", "s": "SGD",
    "sg": "SGD", "hk": "HKD",
}  # fmt: skip
CODES: Final = frozenset(
    split(
        "EUR USD GBP INR CHF JPY CNY CAD AUD NZD SGD HKD SEK NOK DKK PLN CZK HUF RON BRL MXN ZAR "
        "AED SAR ILS KRW THB IDR VND"
    )
)
"""ISO codes, written in capitals; PHP and TRY are left out, they mostly mean something else."""
AMBIGUOUS_CODES: Final = frozenset({"CAD"})
"""Codes that count from a thousand on: "200 CAD drawings" is no money."""
CURRENCY_WORDS: Final = {
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "inr": "INR", "rupee": "INR",
    "rupees": "INR", "rs": "INR", "chf": "CHF", "franc": "CHF", "francs": "CHF", "sfr": "CHF",
    "yen": "JPY", "yuan": "CNY", "rmb": "CNY", "zloty": "PLN", "bucks": "",
}  # fmt: skip
CURRENCY_ADJECTIVES: Final = {
    "us": "USD", "american": "USD", "canadian": "CAD", "australian": "AUD", "singapore": "SGD",
    "swiss": "CHF", "british": "GBP", "indian": "INR",
}  # fmt: skip

DAYS: Final = {
    "hour": (Decimal(1), Decimal(24)), "day": (Decimal(1), Decimal(1)),
    "weekend": (Decimal(2), Decimal(1)), "week": (Decimal(7), Decimal(1)),
    "fortnight": (Decimal(14), Decimal(1)), "sprint": (Decimal(14), Decimal(1)),
    "month": (Decimal(30), Decimal(1)), "quarter": (Decimal(91), Decimal(1)),
    "year": (Decimal(365), Decimal(1)), "decade": (Decimal(3650), Decimal(1)),
}  # fmt: skip
"""Days of a unit as numerator and denominator, so that 24 hours are exactly one day."""
UNITS: Final = (
    {unit: unit for unit in DAYS}
    | {f"{unit}s": unit for unit in DAYS}
    | {
        "hr": "hour", "hrs": "hour", "wk": "week", "wks": "week", "mo": "month", "mos": "month",
        "mth": "month", "mths": "month", "qtr": "quarter", "qtrs": "quarter", "yr": "year",
        "yrs": "year",
    }
)  # fmt: skip
GLUED_UNITS: Final = {"h": "hour", "d": "day", "w": "week", "y": "year"}
"""Letters that mean a unit only right after a digit; 2d and 3d are drawings."""
PLURAL_UNITS: Final = {f"{unit}s": unit for unit in DAYS}
UNIT_ADJECTIVES: Final = frozenset(
    split(
        "full whole entire good solid short long more working business work calendar consecutive "
        "straight person man single extra additional"
    )
)


def days(amount: Decimal, unit: str) -> Decimal:
    """So many units in days."""
    numerator, denominator = DAYS[unit]
    return amount * numerator / denominator


_COUNTED: Final = split(
    "user customer client visitor employee colleague coworker worker member student pupil patient "
    "subscriber developer engineer freelancer contractor specialist expert analyst scientist "
    "designer tester manager agent seat account tenant device sensor location request call hit "
    "session event message chat conversation email ticket order transaction payment invoice "
    "contract claim record row entry document file page image photo video article product item "
    "question prompt query lead download signup system integration department"
)
NOUNS: Final = (
    {noun: noun for noun in _COUNTED}
    | {(f"{noun[:-1]}ies" if noun[-1] == "y" else f"{noun}s"): noun for noun in _COUNTED}
    | {
        "person": "person", "persons": "person", "people": "person", "folks": "person",
        "men": "person", "devs": "developer", "dev": "developer", "staff": "employee",
        "employes": "employee", "fte": "employee", "ftes": "employee", "docs": "document",
        "mails": "email", "emails": "email", "clients": "client", "companies": "company",
    }
)  # fmt: skip
NOUN_ADJECTIVES: Final = frozenset(
    split(
        "active daily weekly monthly yearly concurrent simultaneous internal external paying new "
        "registered more other different regular business enterprise real test beta pilot senior "
        "junior ai ml it software data api support human remote unique additional existing full "
        "time part end inhouse mobile medical our my your the these scanned structured of"
    )
)

BOUND_BEFORE: Final[dict[str, Bound]] = {
    **dict.fromkeys(
        (
            "at most", "at the most", "up to", "no more than", "not more than", "less than",
            "fewer than", "lower than", "not exceed", "not exceeding", "under", "below", "max",
            "max .", "maximum", "maximum of", "within", "<", "≤", "< =",
        ),
        "at_most",
    ),
    **dict.fromkeys(
        (
            "at least", "at the least", "more than", "no less than", "not less than", "over",
            "above", "beyond", "exceeding", "min", "min .", "minimum", "minimum of", ">", "≥",
            "> =", "upwards of",
        ),
        "at_least",
    ),
    **dict.fromkeys(
        (
            "about", "around", "approximately", "approx", "approx .", "roughly", "circa", "ca",
            "ca .", "~", "≈", "nearly", "almost", "some", "somewhere around", "maybe",
        ),
        "about",
    ),
}  # fmt: skip
BOUND_AFTER: Final[dict[str, Bound]] = {
    **dict.fromkeys(("tops", "max", "maximum", "at most", "or less", "or fewer"), "at_most"),
    **dict.fromkeys(("+", "plus", "at least", "minimum", "or more", "and more"), "at_least"),
    **dict.fromkeys(("or so", "ish", "- ish", "approximately", "approx"), "about"),
}

MONEY_CUES: Final = frozenset(
    split(
        "budget budgets budgeted cost costs costing spend spending pay paying price priced invest "
        "investing investment fee fees funding salary afford"
    )
)
MONEY_FILLERS: Final = frozenset(
    split(
        "is are was be of about around the a an our my it roughly up to at most least max maximum "
        "min minimum total between and or approximately approx some somewhere under below over "
        "above more less than only would will can could should may might us you them in range no "
        "not from exceed : = ~ < > ≤ ≥ . so"
    )
)
AFTER_BARE_MONEY: Final = frozenset(
    split(
        "budget budgets per a an for to is was are in on at and or but all max maximum tops total "
        "so if as we i it available left ish plus should would could will can with from upfront "
        "monthly yearly annually range each investment funding altogether overall then because "
        "by until within min minimum the"
    )
)
"""Words that may follow an amount whose unit is not said; any other may be the thing counted."""

LABELS: Final = frozenset(
    split(
        "top step phase stage version level tier chapter section page room number no nr figure "
        "table part point office windows iso gpt python java article paragraph rule option "
        "question line item layer series model llama claude gemini formula area"
    )
)
"""Words that make a number after them a name: "step 2", "Office 365"."""
