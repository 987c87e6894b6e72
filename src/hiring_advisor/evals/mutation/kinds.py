"""What a mutation is, and how a part of a running advisor is replaced for as long as it lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from hiring_advisor.bootstrap import Parts

Apply = Callable[[ExitStack, Parts], None]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A known way to break the advisor. `apply` breaks `parts`, which nothing has used yet.

    What it replaces beyond them it hands to the stack, which puts it back. `model`: it shows only
    with a model of that kind, `hostile` or `obedient`; an empty text means without one.
    """

    name: str
    what: str
    apply: Apply
    model: str = ""


class Catalogue:
    """Collects mutations by decorator, in order."""

    def __init__(self) -> None:
        self.found: dict[str, Mutation] = {}

    def add(self, what: str, *, model: str = "") -> Callable[[Apply], Apply]:
        """Add a function under its own name; `what` says in words what it breaks."""

        def note(apply: Apply) -> Apply:
            name = apply.__name__
            self.found[name] = Mutation(name, what, apply, model)
            return apply

        return note


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Put `value` in the place of `owner.name` for a while."""
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def wrapped(
    stack: ExitStack, owner: type, name: str, around: Callable[[Callable[..., Any]], Any]
) -> None:
    """Put `around(original)` in the place of a method of a class."""
    stack.enter_context(replaced(owner, name, around(vars(owner)[name])))
