"""Prompts are files: front matter (name, version, variables), then a system and a user part.

    ---
    name: answer
    version: 3
    variables: [question, passages]
    ---
    The system text.
    === user ===
    {question}
    {passages}

Variables stand in braces. Values are inserted as they are and never read as a template again,
so that text of a visitor or of the corpus cannot bring variables of its own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from hiring_advisor.errors import ContentError

_DIVIDER = "=== user ==="
_VARIABLE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `version` names it in turns and reports: number and hash of the text."""

    name: str
    version: str
    variables: frozenset[str]
    system: str
    user: str

    def render(self, **values: str) -> tuple[str, str]:
        """Return the system and the user text; the system text has no variables.

        The system text stays the same for every turn, so that a provider's prefix cache works.
        Raises `ContentError` naming all missing variables at once.
        """
        missing = sorted(self.variables - values.keys())
        if missing:
            raise ContentError(f"prompt {self.name}: no value for {', '.join(missing)}.")
        return self.system, _VARIABLE.sub(
            lambda match: values.get(match.group(1), match.group(0)), self.user
        )


def within(text: str, characters: int, size: int) -> str:
    """The beginning of a text, within so many characters and bytes of UTF-8: no token has none."""
    return text[:characters].encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def fenced(text: str, mark: str) -> str:
    """A stranger's text that is to stand between <mark> and </mark>: it can close neither."""
    return re.sub(rf"<(?=\s*/?\s*{mark}\b)", "‹", text, flags=re.IGNORECASE)


def load(folder: Path, name: str) -> Prompt:
    """Read `name`.md. Raises `ContentError` when it is missing or its front matter is broken."""
    path = folder / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(f"{name}.md is not UTF-8 text: {error}.") from error
    except OSError:
        raise ContentError(
            f"the prompt file {name}.md is missing from the prompts folder."
        ) from None
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ContentError(f"{name}.md: wants front matter between two lines of ---.")
    head = dict(line.split(":", 1) for line in parts[1].splitlines() if ":" in line)
    body = parts[2]
    if _DIVIDER not in body:
        raise ContentError(f"{name}.md: wants a line `{_DIVIDER}` between system and user part.")
    system, user = (part.strip() for part in body.split(_DIVIDER, 1))
    declared = frozenset(re.findall(r"[a-z_]+", head.get("variables", "")))
    used = frozenset(_VARIABLE.findall(user))
    if declared != used:
        odd = ", ".join(sorted(declared ^ used))
        raise ContentError(f"{name}.md: variables named above and used below differ: {odd}.")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    version = f"{head.get('version', '0').strip()}+{digest}"
    return Prompt(name, version, declared, system, user)
