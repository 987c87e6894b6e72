"""What we stand on: new enough, without what has hurt others, audited for sure, and listed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import pytest
from packaging.version import Version
from tests.conftest import ROOT, Figures

UV = next(
    (str(path) for path in (ROOT / ".venv-tools/bin/uv",) if path.exists()),
    "uv",
)
FLOORS = {
    "starlette": "1.3.1", "python-multipart": "0.0.26", "langchain-core": "1.2.5",
    "chromadb": "1.5.9", "mcp": "1.23.0", "h11": "0.16.0",
    "aiohttp": "3.13.3", "urllib3": "2.6.3", "requests": "2.32.4", "jinja2": "3.1.6",
}  # fmt: skip
"""The oldest release without a hole that we know of; those that are not here do not matter."""
NEVER = {
    "litellm", "langchain", "langchain-community", "langchain-experimental", "langserve", "gradio",
    "chainlit", "streamlit", "dill", "cloudpickle", "ultralytics",
}  # fmt: skip


def packages() -> list[dict[str, Any]]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return [one for one in lock["package"] if "registry" in one["source"]]


@pytest.mark.figures
def test_every_package_is_pinned_by_hash(figure: Figures) -> None:
    loose = [
        one["name"]
        for one in packages()
        if not all(
            file.get("hash", "").startswith("sha256:")
            for file in [*one.get("wheels", ()), *filter(None, [one.get("sdist")])]
        )
        or not (one.get("wheels") or one.get("sdist"))
    ]
    figure("packages without a hash", len(loose), of=len(packages()), aim="0")
    assert len(packages()) > 100
    assert loose == []


def test_the_locked_packages_are_new_enough() -> None:
    locked = {one["name"]: one["version"] for one in packages()}
    assert {"starlette", "langchain-core", "chromadb"} <= locked.keys()
    old = [n for n, v in FLOORS.items() if n in locked and Version(locked[n]) < Version(v)]
    assert old == []
    assert NEVER & locked.keys() == set()


def test_the_installed_packages_are_new_enough() -> None:
    here = {one.name.lower().replace("_", "-"): one.version for one in metadata.distributions()}
    assert {"starlette", "langchain-core", "chromadb"} <= here.keys()
    old = [n for n, v in FLOORS.items() if n in here and Version(here[n]) < Version(v)]
    assert old == []
    assert NEVER & here.keys() == set()


class Advisories(BaseHTTPRequestHandler):
    """A stand-in of the advisory service, OSV's two calls."""

    vulnerable: ClassVar[set[str]] = set()
    fault: ClassVar[str] = ""
    HOLE: ClassVar[dict[str, Any]] = {
        "id": "GHSA-test-0001", "modified": "2026-01-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z", "summary": "a hole", "affected": [],
    }  # fmt: skip

    def do_POST(self) -> None:
        """Answer a batch of questions."""
        queries = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
        hole = {"vulns": [{"id": self.HOLE["id"], "modified": self.HOLE["modified"]}]}
        # What everyone knows about, and what the test says.
        old = [("pyyaml", "5.3")] if self.fault != "knows nothing" else []
        asked = [(query["package"]["name"], query["version"]) for query in queries]
        results: list[Any] = [
            hole if one in old or one[0] in self.vulnerable else {} for one in asked
        ]
        self._say(503 if self.fault == "down" else 200, {"results": results})

    def do_GET(self) -> None:
        """Tell about a hole."""
        self._say(200, self.HOLE)

    def _say(self, status: int, value: object) -> None:
        data = b"<html>" if self.fault == "a page" else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    Advisories.vulnerable, Advisories.fault = set(), ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(service: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/audit.py"), UV, "--service-url", service, *more]
    return subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110
    )


def test_a_clean_audit_passes_and_says_how_many(service: str) -> None:
    ended = audit(service)
    assert ended.returncode == 0, ended.stderr
    count = int(ended.stderr.split()[0])
    assert count >= len(packages())


def test_a_vulnerable_package_fails_the_gate(service: str) -> None:
    Advisories.vulnerable = {"starlette"}
    ended = audit(service)
    assert ended.returncode == 1
    assert "starlette" in ended.stdout
    assert "GHSA-test-0001" in ended.stdout


@pytest.mark.parametrize("fault", ["down", "a page", "knows nothing"])
def test_an_audit_that_did_not_happen_fails_with_one_line(service: str, fault: str) -> None:
    Advisories.fault = fault
    ended = audit(service)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Not audited: ")


def test_an_audit_out_of_reach_fails_with_one_line() -> None:
    ended = audit("http://127.0.0.1:9")
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "out of reach" in line


def test_an_audit_of_nothing_fails(service: str, tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    project = '[[package]]\nname = "hiring-advisor"\nsource = { editable = "." }\n'
    lock.write_text(f"version = 1\n\n{project}")
    ended = audit(service, "--lock", str(lock))
    assert ended.returncode == 2
    assert "holds no package" in ended.stderr


def test_an_audit_of_a_part_fails(service: str, tmp_path: Path) -> None:
    # As many packages as ever in the file, but a program that looks at three of them.
    report = {"summary": {"audited_packages": 3}, "vulnerabilities": [], "adverse_statuses": []}
    lazy = tmp_path / "uv"
    lazy.write_text(f"#!/bin/sh\necho '{json.dumps(report)}'\n")
    lazy.chmod(0o755)
    command = [sys.executable, str(ROOT / "scripts/audit.py"), str(lazy), "--service-url", service]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "only 3 of" in ended.stderr


def test_the_bill_lists_every_package_that_runs_with_its_hashes(tmp_path: Path) -> None:
    written = []
    for name in ("one.json", "two.json"):
        command = [sys.executable, str(ROOT / "scripts/sbom.py"), UV, str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1], "the same lock file, another bill"
    bill = json.loads(written[0])
    assert bill["bomFormat"] == "CycloneDX"
    locked = {(one["name"], one["version"]): one for one in packages()}
    listed = {(one["name"], one["version"]): one for one in bill["components"]}
    assert listed.keys() <= locked.keys()
    wanted = runtime()
    assert len(wanted) > 60
    assert wanted <= {name for name, _ in listed}
    for key, one in listed.items():
        hashes = {
            entry["content"] for file in one["externalReferences"] for entry in file["hashes"]
        }
        files = [*locked[key].get("wheels", ()), *filter(None, [locked[key].get("sdist")])]
        assert {file["hash"].removeprefix("sha256:") for file in files} == hashes, key


def runtime() -> set[str]:
    """Names of the packages that the project leads to, extras included, by the lock file."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    by_name = {one["name"]: one for one in lock["package"]}
    root = by_name["hiring-advisor"]
    waiting = [*root["dependencies"]]
    for more in root.get("optional-dependencies", {}).values():
        waiting += more
    found: set[str] = set()
    while waiting:
        one = waiting.pop()
        if one["name"] in found and not one.get("extra"):
            continue
        found.add(one["name"])
        package = by_name[one["name"]]
        extras = package.get("optional-dependencies", {})
        for extra in one.get("extra", ()):
            waiting += [new for new in extras.get(extra, ()) if new["name"] not in found]
        waiting += [new for new in package.get("dependencies", ()) if new["name"] not in found]
    return found
