"""Reading a content file: what is wrong with it is said by its name, never by its path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hiring_advisor.errors import ContentError


def read_toml(folder: Path, name: str) -> dict[str, Any]:
    """The tables of a TOML file of the corpus folder.

    Raises `ContentError` when it is missing, is no UTF-8 text or no TOML.
    """
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except OSError:
        raise ContentError(f"the corpus folder has no {name}.") from None
    except ValueError as error:
        raise ContentError(f"{name} is not valid TOML: {error}.") from error
