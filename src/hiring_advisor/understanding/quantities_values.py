"""The value that reading quantities yields."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["money", "duration", "count"]
Bound = Literal["exact", "at_most", "at_least", "about"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of money, a stretch of time or a number of things, as somebody wrote it.

    `low` and `high` are what the words say: units of the currency, days, or things. They differ for
    ranges ("2-3 weeks") and vague words ("a few"). `bound` says how to take them: "at most 40k" has
    `low == high == 40000` and the bound "at_most".
    `text` is verbatim, `source[start:end]`, without the words that give the bound or the role.
    """

    kind: Kind
    low: Decimal
    high: Decimal
    unit: str
    """Money: ISO code, "" where unnamed. Duration: the word used, singular. Count: the noun."""
    start: int
    end: int
    bound: Bound
    text: str
