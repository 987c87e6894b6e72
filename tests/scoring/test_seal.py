"""A recommendation comes of a call of the tool, and that call is on record."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.scoring.conftest import Score

import hiring_advisor.scoring.recommendation as sealed
from hiring_advisor.answering.turn import ToolCall, Turn
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.scoring.tool import TOOL_NAME

SOURCE = ROOT / "src" / "hiring_advisor"


@pytest.fixture(scope="module")
def made(score: Score) -> Recommendation:
    return score(stage="prototype", budget="tight")


def fields(made: Recommendation) -> dict[str, Any]:
    return {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}


@pytest.mark.parametrize("seal", [None, object(), "seal", True])
def test_nobody_else_builds_one(made: Recommendation, seal: object) -> None:
    with pytest.raises(TypeError, match="by the scoring tool and by nothing else"):
        Recommendation(**fields(made), seal=seal)


def test_none_is_built_without_a_seal(made: Recommendation) -> None:
    with pytest.raises(TypeError, match="seal"):
        Recommendation(**fields(made))


def test_none_is_made_from_another_with_a_changed_verdict(made: Recommendation) -> None:
    with pytest.raises(ValueError, match="seal"):
        dataclasses.replace(made, verdict="full_time")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="by nothing else"):
        dataclasses.replace(made, verdict="full_time", seal=object())


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Recommendation)])
def test_no_part_of_one_is_assigned_or_deleted(made: Recommendation, field: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, field, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(made, field)


def test_a_copy_is_the_thing_itself(made: Recommendation) -> None:
    assert copy.copy(made) is made
    assert copy.deepcopy({"one": made})["one"] is made


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_none_is_pickled(made: Recommendation, protocol: int) -> None:
    with pytest.raises(TypeError, match="by nothing else"):
        pickle.dumps(made, protocol)


class Forgery:
    """Pickles as any object does: made without its constructor, then given a state."""

    def __init__(self, state: object) -> None:
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (Recommendation,), self.state


@pytest.mark.parametrize(
    "state", [["full_time"], (None, {"verdict": "full_time"}), {"verdict": "full_time"}], ids=repr
)
def test_none_is_unpickled_from_a_pickle_made_by_hand(state: object) -> None:
    forged = pickle.dumps(Forgery(state))
    with pytest.raises(TypeError, match="by nothing else"):
        pickle.loads(forged)


def test_no_other_class_passes_for_one() -> None:
    with pytest.raises(TypeError, match="by nothing else"):
        type("Forged", (Recommendation,), {"__post_init__": lambda self, seal: None})


def unlocking(node: ast.AST) -> str:
    """What in a piece of code opens the seal, or goes round it; "" where nothing does."""
    match node:
        case ast.Name(id="_SEAL") | ast.Attribute(attr="_SEAL") | ast.alias(name="_SEAL"):
            return "_SEAL"
        case ast.Attribute(
            value=ast.Name(id="object"), attr="__setattr__" | "__new__" | "__delattr__" as name
        ):
            return f"object.{name}"
        case _:
            return ""


def openings(text: str) -> list[str]:
    return [found for node in ast.walk(ast.parse(text)) if (found := unlocking(node))]


def modules() -> Iterator[tuple[str, str]]:
    for file in sorted(SOURCE.rglob("*.py")):
        yield file.relative_to(SOURCE).as_posix(), file.read_text(encoding="utf-8")


def test_the_tool_alone_holds_the_seal() -> None:
    """Python cannot stop `object.__setattr__` or an import; that nobody does it is checked here."""
    found = {name: openings(text) for name, text in modules() if openings(text)}
    assert found.keys() == {"scoring/recommendation.py", "scoring/tool.py"}
    assert {what for opened in found.values() for what in opened} == {"_SEAL"}
    assert hasattr(sealed, "_SEAL")


@pytest.mark.parametrize(
    "code",
    [
        "from hiring_advisor.scoring.recommendation import _SEAL",
        "from hiring_advisor.scoring import recommendation as r\nr._SEAL",
        "object.__setattr__(result, 'verdict', 'full_time')",
        "object.__new__(Recommendation)",
    ],
)
def test_each_way_round_the_seal_is_noticed(code: str) -> None:
    assert openings(code)


def turn(**given: Any) -> Turn:
    return Turn("t", "c", "m", "2025-01-01T00:00:00Z", "recommendation", "hm", "", **given)


def test_a_turn_with_a_recommendation_records_the_call_that_made_it(made: Recommendation) -> None:
    call = ToolCall(TOOL_NAME, {"stage": "prototype", "budget": "tight"}, made.profile_hash)
    assert turn(recommendation=made, tool_calls=[call]).recommendation is made


def test_a_turn_with_a_recommendation_out_of_nowhere_cannot_be(
    made: Recommendation, score: Score
) -> None:
    other = ToolCall(TOOL_NAME, {"stage": "staged"}, score(stage="staged").profile_hash)
    for calls in ([], [other]):
        with pytest.raises(ValueError, match="records the tool call"):
            turn(recommendation=made, tool_calls=calls)
    with pytest.raises(ValueError, match="records the tool call"):
        dataclasses.replace(turn(), recommendation=made)
