"""Imports point back along the line, and `settings.py` alone touches the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "hiring_advisor"
SOURCE = Path(__file__).parents[2] / "src" / PACKAGE

# A module may import from its own step and from those above it.
LINE = (
    {"", "errors", "settings", "prompting", "tracing"},  # "" is the package itself: its version
    {"corpus"},
    {"retrieval"},
    {"understanding"},
    {"scoring"},
    {"answering"},
    {"advisor"},
    {"storage"},
    {"turns"},
    {"bootstrap"},
    {"evals"},
    {"channels"},
    {"__main__", "pytest_evals"},
)
STEP = {part: step for step, parts in enumerate(LINE) for part in parts}
# Steps get the two values that they need, not the settings.
MAY_IMPORT_SETTINGS = {"bootstrap", "channels"}
# Storage keeps turns; it does not make them.
FORBIDDEN = {("storage", "advisor")}
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def modules(source: Path) -> dict[str, Path]:
    """Dotted names below the package, "" for the package itself, with their files."""
    found = {}
    for file in sorted(source.rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for other in node.orelse:
                yield other
                yield from run_time_nodes(other)
        else:
            yield node
            yield from run_time_nodes(node)


def imported(name: str, file: Path, known: Mapping[str, Path]) -> set[str]:
    """Our own modules that `name` needs at run time, wherever in it the import stands."""
    found = set()
    for node in run_time_nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            candidates = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = [PACKAGE, *filter(None, name.split("."))]
                up = node.level - (file.name == "__init__.py")
                base = ".".join([*here[: len(here) - up], *filter(None, [base])])
            candidates = [(base, alias.name) for alias in node.names]
        else:
            continue
        for base, member in candidates:
            if base != PACKAGE and not base.startswith(f"{PACKAGE}."):
                continue
            target = base.removeprefix(PACKAGE).removeprefix(".")
            submodule = f"{target}.{member}".strip(".")
            found.add(submodule if member and submodule in known else target)
    return found - {name}


def import_graph(source: Path) -> dict[str, set[str]]:
    """Each module with the modules of ours that it imports."""
    known = modules(source)
    return {name: imported(name, file, known) for name, file in known.items()}


def faults(source: Path) -> list[str]:
    """What breaks the line, one sentence each."""
    found = []
    for name, targets in import_graph(source).items():
        part = name.split(".")[0]
        if part not in STEP:
            found.append(f"{name} has no place in the line: give it one in LINE")
            continue
        for target in sorted(targets):
            other = target.split(".")[0]
            if STEP.get(other, -1) > STEP[part]:
                found.append(f"{name} imports {target}, a later step")
            elif (part, other) in FORBIDDEN:
                found.append(f"{name} imports {target}, which {part} may not")
            elif other == "settings" and part not in MAY_IMPORT_SETTINGS:
                found.append(f"{name} imports settings: pass it the values that it needs")
    return found


def touches_environment(node: ast.AST) -> bool:
    """Whether a node reads or sets the environment, by `os` or by typer's `envvar`."""
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr=attribute):
            return attribute in ENVIRONMENT
        case ast.ImportFrom(module="os", names=aliases):
            return any(alias.name in ENVIRONMENT for alias in aliases)
        case ast.keyword(arg="envvar"):
            return True
        case _:
            return False


def environment_users(source: Path) -> list[str]:
    """The modules that touch the environment."""
    return [
        name
        for name, file in modules(source).items()
        if any(map(touches_environment, ast.walk(ast.parse(file.read_text(encoding="utf-8")))))
    ]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A package with one fault of each kind, and two imports that are no fault."""
    files = {
        "__init__.py": "",
        "errors.py": "",
        "settings.py": "import os\nos.environ",
        "corpus/__init__.py": "",
        "corpus/chunking.py": "from hiring_advisor.corpus import documents",
        "corpus/documents.py": "from .chunking import split",
        "retrieval/__init__.py": "from hiring_advisor.settings import Settings",
        "retrieval/index.py": "def load():\n    from hiring_advisor import channels",
        "storage/__init__.py": "import hiring_advisor.advisor",
        "advisor.py": "from os import getenv",
        "channels/__init__.py": "from hiring_advisor.settings import Settings",
        "scoring/__init__.py": (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from hiring_advisor.channels import app"
        ),
        "helpers.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_imports_point_back_along_the_line() -> None:
    assert faults(SOURCE) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    try:
        TopologicalSorter(import_graph(SOURCE)).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


def test_settings_alone_touches_the_environment() -> None:
    assert environment_users(SOURCE) == ["settings"]


def test_each_kind_of_fault_is_noticed(planted: Path) -> None:
    assert faults(planted) == [
        "helpers has no place in the line: give it one in LINE",
        "retrieval imports settings: pass it the values that it needs",
        "retrieval.index imports channels, a later step",
        "storage imports advisor, which storage may not",
    ]
    assert environment_users(planted) == ["advisor", "settings"]
    with pytest.raises(CycleError):
        TopologicalSorter(import_graph(planted)).prepare()
