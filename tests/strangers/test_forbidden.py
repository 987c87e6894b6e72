"""What must not stand in the source: ways from data to code that have hurt others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

import hiring_advisor

SOURCE = Path(hiring_advisor.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
PAGES = sorted(file for ext in ("js", "html", "svg") for file in SOURCE.rglob(f"*.{ext}"))

IMPORTS = re.compile(
    r"(pickle|_pickle|cPickle|dill|cloudpickle|joblib|shelve|marshal|yaml|ruamel|xmlrpc|telnetlib)(\.|$)|"
    r"langchain(_core)?\.(load|prompts\.loading|hub)|langgraph|langchain_community|langchain_experimental"
)
CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "subprocess.run",
    "subprocess.Popen", "subprocess.call", "subprocess.check_output", "yaml.load",
    "numpy.fromfile", "tempfile.mktemp", "random.random", "random.choice", "torch.load",
}  # fmt: skip
METHODS = {"astream_log", "astream_events", "from_pickle", "read_pickle"}
SQL = re.compile(
    r"\b(SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM|DROP |ALTER TABLE|PRAGMA )"
)
PRAGMAS = {("storage/database.py", "PRAGMA "), ("storage/engine.py", "PRAGMA ")}
"""The names of pragmas are constants of ours and cannot be parameters."""


def faults(source: str, where: str) -> Iterator[str]:
    """What a module does that it must not."""
    for node in ast.walk(ast.parse(source)):
        line = f"{where}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            yield from (f"{line} {name.name}" for name in node.names if IMPORTS.match(name.name))
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from (f"{line} {name}" for name in names if IMPORTS.match(name))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS or called.rpartition(".")[2] in METHODS:
                yield f"{line} {called}"
            if any(
                word.arg == "shell" or (word.arg == "allow_pickle" and _is_true(word.value))
                for word in node.keywords
            ):
                yield f"{line} {called} with shell or allow_pickle"
            if called.rpartition(".")[2] in {"text", "execute", "exec_driver_sql"} and any(
                _is_joined(argument) for argument in node.args[:1]
            ):
                literal = ast.unparse(node.args[0])
                if not any(w == where and known in literal for w, known in PRAGMAS):
                    yield f"{line} a statement put together"
        elif isinstance(node, ast.JoinedStr):
            words = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
            if SQL.search(words) and not any(w == where and known in words for w, known in PRAGMAS):
                yield f"{line} SQL put together"


def _is_true(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and node.value is False)


def _is_joined(node: ast.expr) -> bool:
    is_formatted = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format")
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)
    return is_formatted or is_sum or isinstance(node, ast.JoinedStr)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_turns_data_into_code_or_statements(module: Path) -> None:
    where = module.relative_to(SOURCE).as_posix()
    assert list(faults(module.read_text(encoding="utf-8"), where)) == []


@pytest.mark.parametrize(
    "bad",
    [
        "import pickle", "from pickle import loads", "import yaml",
        "from langchain_core.load import load",
        "from langchain_core import load", "from langchain_core.prompts.loading import load_prompt",
        "eval(x)", "exec(x)", "os.system(x)", "subprocess.run(x)", "model.astream_log(x)",
        "np.load(x, allow_pickle=True)", "run(x, shell=True)", "f'SELECT a FROM {x}'",
        "text('a' + x)",
        "c.execute('a %s' % x)", "c.execute('DELETE {}'.format(x))",
        "c.exec_driver_sql(f'PRAGMA {x}')",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(bad: str) -> None:
    assert list(faults(bad, "elsewhere.py"))


SCRIPTS = sorted(file for name in ("scripts", "bench") for file in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_script_does_either_but_start_programs(script: Path) -> None:
    found = list(faults(script.read_text(encoding="utf-8"), script.name))
    assert [fault for fault in found if not re.search(r" subprocess\.\w+$", fault)] == []


MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\s*\(|new\s+Function|"
    r"createContextualFragment|DOMParser|srcdoc|javascript:|setTimeout\(\s*['\"]|\son[a-z]+\s*=\s*['\"]|"
    r"postMessage\([^)]*['\"]\*|document\.cookie|setHTMLUnsafe"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_page_makes_markup_of_words(page: Path) -> None:
    text = re.sub(r"(?m)^\s*(//|\*).*$", "", page.read_text(encoding="utf-8"))
    assert [match[0] for match in MARKUP.finditer(text)] == []


def test_there_is_something_to_search() -> None:
    assert len(MODULES) > 40
    assert len(PAGES) > 5
