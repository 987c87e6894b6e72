"""`hiring-advisor eval`, the group of commands: what its commands share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hiring_advisor.errors import AdvisorError

if TYPE_CHECKING:
    from hiring_advisor.evals.place import Place

evals = typer.Typer(help="Measure grounding and verdicts, and tell two runs apart.")

RunFolder = Annotated[Path, typer.Argument(help="Folder of a stored run, or a baseline file.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the run; made if missing.")]


def say(text: str) -> None:
    """Talk, on stderr."""
    print(text, file=sys.stderr)


@contextmanager
def with_extra() -> Iterator[None]:
    """Say in one sentence what to install where the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("hiring_advisor"):
            raise
        raise AdvisorError(
            f"The evals want the package {error.name}: install hiring-advisor[evals]."
        ) from None


def place() -> Place:
    """Where the suite and the content are."""
    from hiring_advisor.evals.place import Place
    from hiring_advisor.settings import content_dir, load

    # A folder of that name may be anybody's: ours has datasets in it.
    return Place(content_dir("evals/datasets").parent, load().corpus_dir)
