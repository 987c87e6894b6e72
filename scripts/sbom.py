"""The bill of materials: `python scripts/sbom.py UV TARGET` writes CycloneDX JSON from uv.lock.

It lists what runs with the advisor, extras included, each with the hashes of its files, and is the
same for the same lock file.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

FORMAT = ("--format", "cyclonedx1.5")


def bill(uv: str) -> dict[str, Any]:
    """The bill of uv, with what makes two of one lock file differ replaced."""
    made = subprocess.run(
        [uv, "export", "--quiet", "--frozen", "--no-dev", "--all-extras", *FORMAT],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(made.stdout)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"
    document["metadata"].pop("timestamp", None)
    component = document["metadata"]["component"]
    component["type"] = "application"
    component["licenses"] = [{"license": {"id": project["license"]}}]
    return document


def main() -> None:
    """Write it."""
    uv, target = sys.argv[1], Path(sys.argv[2])
    document = bill(uv)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{target}: {len(document['components'])} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
