"""The rubric and its tool, and every profile there is: scored by them and by the reference."""

from __future__ import annotations

import importlib.util
import random
import shutil
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import CORPUS, ROOT
from tests.scoring.reference import VERDICTS, Reference

from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.scoring.recommend import Scorer
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.scoring.tool import ScoringTool

Score = Callable[..., Recommendation]


@pytest.fixture(scope="session")
def rubric_text() -> str:
    return (CORPUS / "rubric.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    return rubrics.load(CORPUS)


@pytest.fixture(scope="session")
def tool(rubric: Rubric) -> ScoringTool:
    return ScoringTool(rubric)


@pytest.fixture(scope="session")
def score(tool: ScoringTool) -> Score:
    """Score facts by the tool: `score(stage="prototype") -> Recommendation`."""

    def score_facts(**facts: str) -> Recommendation:
        return tool.call(facts)

    return score_facts


@pytest.fixture(scope="session")
def reference(rubric_text: str) -> Reference:
    return Reference(rubric_text)


@pytest.fixture(scope="session")
def verdicts(rubric: Rubric) -> NDArray[np.int64]:
    """The verdict of every profile by the code that visitors meet, shaped like the reference's."""
    scorer = Scorer(rubric)
    states = [[None, *(one.value for one in fact.values)] for fact in rubric.facts]
    names = [fact.name for fact in rubric.facts]
    codes = bytearray()
    for values in product(*states):
        profile = {
            name: value for name, value in zip(names, values, strict=True) if value is not None
        }
        codes.append(VERDICTS.index(scorer.assess(profile).verdict))
    # Signed, so that differences of verdicts are what they seem.
    return np.frombuffer(codes, np.uint8).astype(np.int64).reshape([len(one) for one in states])


@pytest.fixture(scope="session")
def verdict_space() -> ModuleType:
    """The script that makes the golden table."""
    name = "verdict_space"
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the corpus folder, to be edited."""
    return Path(shutil.copytree(CORPUS, tmp_path / "corpus"))


def edit(content: Path, old: str, new: str) -> Path:
    """Replace something in the rubric of a content folder, where it stands first."""
    file = content / "rubric.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return content


def sample(rubric: Rubric, count: int) -> list[dict[str, str]]:
    """So many profiles, the same ones each time: every number of known facts is as likely."""
    dice = random.Random(20)
    profiles = []
    for _ in range(count):
        known = dice.sample(rubric.facts, dice.randint(0, len(rubric.facts)))
        profiles.append({fact.name: dice.choice(fact.values).value for fact in known})
    return profiles


def arguments(**facts: str) -> dict[str, Any]:
    """Facts as a model fills them into the tool's form."""
    return {name: {"value": value, "quote": f"says {value}"} for name, value in facts.items()}
