"""What durations, amounts of money and counts say about a project, where they leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator

from hiring_advisor.understanding.clauses import Clause
from hiring_advisor.understanding.quantities import Quantity, find, role

_OWN_SIZE = ("we are", "we're", "team of", "company of", "employees", "staff of", "headcount")
_NOT_A_BUDGET = (
    "revenue", "turnover", "raised", "sales", "valuation", "fine", "fines", "profit", "market",
    "per hour", "an hour", "salary", "loses", "loss", "losing", "cost us", "worth", "processed",
    "transactions", "invoice", "deal", "contracts", "loans",
)  # fmt: skip


def facts_in(clause: Clause) -> Iterator[tuple[str, str]]:
    """Fact and value from each quantity of a clause that leaves no doubt."""
    for quantity in find(clause.text):
        reading = _quantity(clause, quantity)
        if reading is not None:
            yield reading


def _quantity(clause: Clause, quantity: Quantity) -> tuple[str, str] | None:
    if quantity.kind == "duration":
        part = role(clause.text, quantity)
        days = quantity.high
        if part == "deadline" and days <= 92:
            return "deadline", "urgent"
        if part == "length":
            if quantity.low >= 700:
                return "lifespan", "long_term"
            if days <= 45:
                return "deadline", "urgent"
        return None
    if quantity.kind == "money":
        if any(word in clause.low for word in _NOT_A_BUDGET):
            return None
        modest = quantity.bound == "at_most" or any(
            word in clause.low.split()
            for word in ("only", "just", "merely", "max", "maximum", "more")
        )
        if quantity.high <= (60_000 if modest else 20_000) and quantity.high >= 100:
            return "budget", "tight"
        if quantity.low >= 300_000 and not modest:
            return "budget", "comfortable"
        return None
    if any(word in clause.low for word in _OWN_SIZE):
        return None
    if quantity.low >= 5_000:
        return "scale", "large"
    if quantity.high <= 50 and quantity.unit in {"user", "person", "colleague", "employee"}:
        return "scale", "small"
    return None
