"""The state of each part, for `/readyz` and `/metrics`.

A part is `ok`, in a state that still answers (`degraded`, and words of its own), or `down`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hiring_advisor.channels.services import Services

WELL = frozenset({"ok", "disabled", "memory", "redis"})


@dataclass(frozen=True, slots=True)
class Health:
    """The parts by name, how many finished turns are not stored yet, and what it comes to."""

    parts: dict[str, str]
    unsaved: int
    is_stopping: bool

    @property
    def status(self) -> str:
        """`down` where no message can be taken, `degraded` where a part is not at its best."""
        if self.is_stopping or "down" in self.parts.values():
            return "down"
        is_well = not self.unsaved and all(state in WELL for state in self.parts.values())
        return "ok" if is_well else "degraded"

    def view(self) -> dict[str, Any]:
        """The JSON of `/readyz`."""
        parts = {**self.parts, "stopping": "yes"} if self.is_stopping else self.parts
        return {"status": self.status, "parts": parts, "unsaved": self.unsaved}


async def examine(services: Services) -> Health:
    """Look at every part now; the database is asked, the others know."""
    return Health(
        {
            "corpus": "ok",
            "vectors": vectors(services),
            "database": await services.conversations.state(),
            "model": model(services),
            "limits": services.limiter.state,
        },
        unsaved(services),
        services.is_stopping,
    )


def vectors(services: Services) -> str:
    """`ok`; `degraded` while words alone are searched, or what lies on disk is not whole."""
    keeper = services.parts.keeper
    return "ok" if services.parts.retriever.has_vectors and keeper.state == "ok" else "degraded"


def model(services: Services) -> str:
    """`disabled`, `ok`, or `open` while it is left alone after failures, but for a probe."""
    if not services.settings.uses_model:
        return "disabled"
    return "ok" if services.parts.chat.breaker.state == "closed" else "open"


def unsaved(services: Services) -> int:
    """Finished turns that the database has not taken yet."""
    return services.conversations.unsaved


def budget_spent(services: Services) -> int:
    """Tokens of the language model that count against today's ceiling."""
    return services.parts.chat.budget.spent if services.settings.uses_model else 0
