"""The house in order: versions, checksums, pins, sizes, and nothing private in any file."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "hiring_advisor"
MODELS = PACKAGE / "models"
MOST_LINES = 300
SOURCES = {".py", ".sh", ".js", ".css", ".html"}
BASE = "python:3.11-slim-bookworm"

HOME_FOLDER = re.compile(r"(?<![\w.])(?:/home/[a-z][\w-]*/|/Users/\w+/|[A-Z]:\\Users\\\w)")
SECRET = re.compile(
    r"(?<![\w-])sk-[\w-]{20,}|xox[abeoprs]-[\w-]{12,}|xapp-[\w-]{12,}|gh[opsu]_\w{30,}|github_pat_\w{30,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
# Tests need keys that look like keys; these say that they are none.
NO_SECRET = re.compile(
    r"test|fake|dummy|example|secret|your|not-a|x{6}|0{6}|abc|123", re.IGNORECASE
)


def tracked_files() -> list[Path]:
    """Every file that is in the repository or would be with the next commit."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        # A checkout of another user, as in a container, is read all the same.
        [git, "-c", "safe.directory=*", "ls-files", "-zco", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = (ROOT / name for name in listed.split("\0") if name)
    return [file for file in files if file.is_file()]


def private(text: str, folders: Iterable[Path] = ()) -> list[str]:
    """Paths of somebody's machine, `folders` among them, and what looks like a key."""
    found = HOME_FOLDER.findall(text)
    found += [str(f) for f in folders if re.search(rf"(?<![\w.]){re.escape(str(f))}/", text)]
    keys = (match[0] for match in SECRET.finditer(text))
    return found + [key for key in keys if not NO_SECRET.search(key)]


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def requirement(text: str) -> tuple[str, frozenset[str], str]:
    """(normalised name, extras, version specifier) of a requirement without a marker."""
    bare = text.partition(";")[0].replace(" ", "")
    match = re.fullmatch(r"([\w.-]+)(?:\[([\w,-]+)\])?(.*)", bare)
    assert match, text
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    return name, frozenset(filter(None, (match[2] or "").split(","))), match[3]


def locked(entries: list[dict[str, Any]]) -> set[tuple[str, frozenset[str], str]]:
    """The same three of the lock file's requirements."""
    return {
        (entry["name"], frozenset(entry.get("extras", ())), entry.get("specifier", ""))
        for entry in entries
    }


def test_the_changelog_knows_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in ("Unreleased", toml("pyproject.toml")["project"]["version"])


def test_the_image_carries_this_version() -> None:
    version = toml("pyproject.toml")["project"]["version"]
    assert f"ARG VERSION={version}\n" in (ROOT / "Dockerfile").read_text()


def test_no_file_holds_anything_private() -> None:
    # A short one, such as /app, may be meant as a place in the image.
    here = [folder for folder in (ROOT, Path.home()) if folder.parts[1:] not in ((), ("app",))]
    found = []
    for file in tracked_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a model or a picture
        found += [f"{file.relative_to(ROOT)}: {what}" for what in private(text, here)]
    assert found == []


def test_private_things_are_noticed() -> None:
    key = "sk-" + "proj-Zq8vT2mLw9RkYp4NcHd7"
    assert private(f'OPENAI_API_KEY="{key}"') == [key]
    assert private("xox" + "b-48151623-QmVuZHRhbA") == ["xox" + "b-48151623-QmVuZHRhbA"]
    assert private("see /home/" + "ada/notes") == ["/home/" + "ada/"]
    assert private("in /srv/ada/src", [Path("/srv/ada"), Path("/srv/bob")]) == ["/srv/ada"]
    assert private("sk-test-key-that-opens-nothing, https://example.com/home/page/") == []


def test_no_source_file_is_too_long_to_read() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in tracked_files()
        if file.suffix in SOURCES
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_package_says_what_it_is_for() -> None:
    # Alembic reads its versions by path: they are no package.
    folders = {f.parent for f in PACKAGE.rglob("*.py") if f.parent.name != "versions"}
    silent = [
        str(folder.relative_to(ROOT))
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    ]
    assert silent == []


def test_the_models_are_the_ones_that_were_checked() -> None:
    lines = (MODELS / "SHA256SUMS").read_text().splitlines()
    sums = {name: checksum for checksum, name in (line.split() for line in lines)}
    assert sums == {name: sha256(MODELS / name) for name in sums}


def test_every_model_file_is_described_with_its_checksum() -> None:
    page = (MODELS / "README.md").read_text()
    described = dict(re.findall(r"^\| `(.+?)` \|.*\| `([0-9a-f]{64})` \|$", page, re.MULTILINE))
    files = {
        str(file.relative_to(MODELS)): sha256(file)
        for file in MODELS.rglob("*")
        if file.is_file() and not file.name.startswith(("LICENSE-", "README", "SHA256SUMS", "__"))
    }
    assert described == files


def test_the_vocabulary_has_the_name_that_tiktoken_looks_for() -> None:
    address = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    name = hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    assert [file.name for file in (MODELS / "tiktoken").iterdir()] == [name]


def test_the_lock_file_is_in_step_with_the_project() -> None:
    project = toml("pyproject.toml")
    package = next(p for p in toml("uv.lock")["package"] if p["name"] == "hiring-advisor")
    wanted = {requirement(text) for text in project["project"]["dependencies"]}
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted |= {requirement(text) for text in extra}
    assert locked(package["metadata"]["requires-dist"]) == wanted
    for group, texts in project["dependency-groups"].items():
        found = package["metadata"]["requires-dev"][group]
        assert locked(found) == {requirement(text) for text in texts}, group


def test_every_dependency_is_pinned_by_hash() -> None:
    packages = [p for p in toml("uv.lock")["package"] if "registry" in p["source"]]
    assert len(packages) > 50
    for package in packages:
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_one_version_of_uv_is_used_everywhere() -> None:
    pinned = re.search(r"^UV_PIN=(\S+)", (ROOT / "scripts/prepare.sh").read_text(), re.MULTILINE)
    assert pinned
    assert f" uv=={pinned[1]}\n" in (ROOT / "Dockerfile").read_text()


def test_the_image_runs_without_rights_on_one_base() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {BASE}
    user, volume, build = (dockerfile.index(s) for s in ("\nUSER 10001", "\nVOLUME", " ingest\n"))
    assert user < build < volume
    assert "/readyz" in dockerfile
    compose = (ROOT / "compose.yaml").read_text()
    for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
        assert line in compose
