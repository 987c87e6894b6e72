"""The audit gate: is any locked package known to be vulnerable? Exit status 0 only for a sure no.

    python scripts/audit.py UV [--service-url URL]

`uv audit` asks the advisory service (OSV) about every package of uv.lock. An audit that did not
happen must not look like one that found nothing: the service has to know an old hole that everyone
knows, and as many packages have to be audited as the lock file holds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "https://api.osv.dev"
KNOWN_HOLE = {"package": {"name": "pyyaml", "ecosystem": "PyPI"}, "version": "5.3"}
"""CVE-2020-1747; a service that has no word on it has no data."""
PATIENCE_S = 30


class AuditError(Exception):
    """The audit did not happen; the message is one sentence that says why."""


def knows_holes(service: str) -> bool:
    """Whether the service answers and knows `KNOWN_HOLE`. Raises `AuditError` out of reach."""
    asked = urllib.request.Request(
        f"{service}/v1/querybatch",
        json.dumps({"queries": [KNOWN_HOLE]}).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
            results = json.load(answer)["results"]
            return bool(results and results[0].get("vulns"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise AuditError(f"the advisory service {service} is out of reach: {reason}") from None


def audit(uv: str, service: str, lock: Path) -> dict[str, Any]:
    """What `uv audit` found, as its JSON. Raises `AuditError` where it found out nothing."""
    ended = subprocess.run(
        [uv, "audit", "--frozen", "--quiet", "--output-format", "json", "--service-url", service],
        cwd=lock.parent, check=False, capture_output=True, text=True,
    )  # fmt: skip
    try:
        report: dict[str, Any] = json.loads(ended.stdout)
        count = int(report["summary"]["audited_packages"])
        clean = not report["vulnerabilities"] and not report["adverse_statuses"]
    except (ValueError, KeyError, TypeError):
        said = (ended.stderr.strip().splitlines() or ["no report"])[0]
        raise AuditError(f"`uv audit` came to no end: {said}") from None
    wanted = len(locked(lock))
    if count == 0 or count < wanted:
        raise AuditError(f"only {count} of {wanted} locked packages were audited")
    if clean and ended.returncode != 0:
        raise AuditError(f"`uv audit` found nothing and ended with status {ended.returncode}")
    return report


def locked(lock: Path) -> set[str]:
    """Names of the packages that a registry gives out. Raises `AuditError` for none."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    names = {one["name"] for one in packages if "registry" in one["source"]}
    if not names:
        raise AuditError(f"{lock.name} holds no package")
    return names


def main() -> int:
    """Print what was found; 0 clean, 1 vulnerable, 2 not audited."""
    parser = argparse.ArgumentParser(description="Audit the locked packages.")
    parser.add_argument("uv", help="the uv program")
    parser.add_argument("--service-url", default=SERVICE, help="an OSV service")
    parser.add_argument("--lock", type=Path, default=ROOT / "uv.lock", help="the lock file")
    given = parser.parse_args()
    service = given.service_url.rstrip("/")
    try:
        locked(given.lock)
        if not knows_holes(service):
            raise AuditError(f"the advisory service {service} does not know a hole of {KNOWN_HOLE}")
        report = audit(given.uv, service, given.lock)
    except AuditError as error:
        print(f"Not audited: {error}.", file=sys.stderr)
        return 2
    for one in report["vulnerabilities"]:
        dependency = one["dependency"]
        fixed = ", ".join(one.get("fix_versions") or ()) or "no release"
        print(f"{dependency['name']} {dependency['version']}: {one['id']}, mended by {fixed}")
    for one in report["adverse_statuses"]:
        print(f"withdrawn or archived: {json.dumps(one)}")
    count = report["summary"]["audited_packages"]
    found = len(report["vulnerabilities"]) + len(report["adverse_statuses"])
    print(f"{count} packages audited, {found} findings.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
