"""Switches each defence off, one at a time, and shows that a test then fails.

    scripts/prove_defences.py                 every row of tests/defences.toml
    scripts/prove_defences.py "a name" …      these alone

A row names a file, a text in it, what to put in its place, and the test that must fail then. The
tree is copied for it; nothing here is changed. A row is proven when the test passes in the plain
copy and fails in the changed one. Ends with status 1 when one is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "defences.toml"
TOOLS = ROOT / ".venv-tools" / "bin"
COPIED = ("src", "tests", "corpus", "prompts", "evals", "scripts", "docs", "bench", "training")
FILES = ("pyproject.toml", "Makefile", "README.md", "uv.lock", "CHANGELOG.md", ".env.example")
LIMIT_S = 400
FAILED, NOTHING_RUN = 1, 5
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Defence:
    """One defence: where it stands, how it is switched off, and the test that notices."""

    name: str
    file: str
    find: str
    replace: str
    test: str


def load(table: Path = TABLE) -> list[Defence]:
    """Read the table. Raises `KeyError` for a row without one of its five entries."""
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["defence"]
    return [
        Defence(row["name"], row["file"], row["find"], row["replace"], row["test"]) for row in rows
    ]


def copy_tree(target: Path) -> None:
    """Copy what the tests need, without what was built."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=ignore)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target / name)


def run(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests against the source of a tree; the exit status and the end of what was printed."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=tree,
        # uv may lie beside the environment alone, which is not copied.
        env={
            **os.environ,
            "PYTHONPATH": str(tree / "src"),
            "PATH": f"{TOOLS}:{os.environ['PATH']}",
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    return ended.returncode, "\n".join(ended.stdout.splitlines()[-4:])


def prove(defence: Defence) -> str:
    """Empty when the test passes with the defence and fails without it; else what is wrong."""
    with tempfile.TemporaryDirectory(prefix="defence-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        status, said = run(tree, [defence.test])
        if status != 0:
            return f"the test does not pass as it is (status {status}): {said}"
        file = tree / defence.file
        text = file.read_text(encoding="utf-8")
        if text.count(defence.find) != 1:
            return f"{defence.file} holds the text {text.count(defence.find)} times, not once"
        file.write_text(text.replace(defence.find, defence.replace), encoding="utf-8")
        try:
            status, said = run(tree, [defence.test])
        except subprocess.TimeoutExpired:
            return ""  # what never ends without its defence is noticed too
        if status == FAILED:
            return ""
        reason = "no test ran" if status == NOTHING_RUN else f"status {status}"
        return f"the test does not notice ({reason}): {said}"


def main(names: Sequence[str]) -> int:
    """Prove the named defences, or all; print a line each."""
    chosen = [one for one in load() if not names or one.name in names]
    if not chosen:
        print("There is no such defence in tests/defences.toml.", file=sys.stderr)
        return 2
    wrong = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for defence, problem in zip(chosen, pool.map(prove, chosen), strict=True):
            wrong += bool(problem)
            print(f"{'NOT' if problem else 'ok '}  {defence.name}: {problem or defence.test}")
            sys.stdout.flush()
    print(f"{len(chosen) - wrong} of {len(chosen)} defences are noticed when they are off")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
