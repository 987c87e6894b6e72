"""Checksums of content files: an edit is welcome, one that nobody knows of is named at start.

`SHA256SUMS` in a content folder is what `sha256sum` writes; a folder without it is not sealed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from hiring_advisor.errors import ContentError

SEAL = "SHA256SUMS"


def changed(folder: Path) -> list[str]:
    """The names of files that are missing or not as they were sealed, in order.

    Raises `ContentError` where the seal itself cannot be read.
    """
    try:
        lines = (folder / SEAL).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError):
        raise ContentError(f"{SEAL} of the {folder.name} folder cannot be read.") from None
    names = []
    for line in lines:
        digest, _, name = line.partition("  ")
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except (OSError, ValueError):
            found = ""
        if found != digest:
            names.append(name or SEAL)
    return names


def report(*folders: Path) -> str:
    """One sentence that names what changed in these folders and what to do; empty if nothing."""
    names = [f"{folder.name}/{name}" for folder in folders for name in changed(folder)]
    if not names:
        return ""
    return (
        f"content files are not as they were sealed: {', '.join(names)}; see that the change is "
        f"meant, then renew the checksums in {SEAL} with sha256sum."
    )
