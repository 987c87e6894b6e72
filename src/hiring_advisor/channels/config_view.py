"""`hiring-advisor config show`: each setting, what it is and where that comes from."""

from __future__ import annotations

from pydantic import SecretStr

from hiring_advisor.channels.logs import scrub
from hiring_advisor.settings import Settings, load, origins


def rows() -> list[dict[str, str]]:
    """`{name, value, origin}` of each setting, in their order. Raises `SettingsError`.

    Of a secret the value is only that it is set.
    """
    settings, given = load(), origins()
    return [
        {
            "name": field.alias or "",
            "value": _shown(getattr(settings, attribute)),
            "origin": given[field.alias or ""],
        }
        for attribute, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    is_secret = isinstance(value, SecretStr) or (
        isinstance(value, tuple) and any(isinstance(one, SecretStr) for one in value)
    )
    if is_secret:
        return "set"
    if value is None or value == ():
        return "not set"
    if isinstance(value, tuple):
        return ", ".join(scrub(str(one)) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return scrub(str(value))  # an address may hold a password


def print_rows() -> None:
    """Print them as a table."""
    found = rows()
    width = max(len(row["name"]) for row in found)
    for row in found:
        print(f"{row['name']:{width}}  {row['origin']:11}  {row['value']}")
