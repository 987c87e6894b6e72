"""The LangChain tool: its schema on the wire, its arguments, its result, and its speed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
from langchain_core.messages import ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import ValidationError
from tests.scoring.conftest import arguments, sample
from tests.stand_ins.openai_clients import ASK, chat_model
from tests.stand_ins.openai_server import OpenAIServer
from tests.stand_ins.openai_tool_calls import ToolCall

from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import BadRequest
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.scoring.tool import ScoringTool

Call = dict[str, Any]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[ChatOpenAI]:
    async with chat_model(server) as running:
        running.request_timeout = 20.0
        yield running


def tool_call(**given: Any) -> Call:
    return {"type": "tool_call", "name": "score_hiring_fit", "id": "call_1", "args": given}


async def ask(model: ChatOpenAI, tool: ScoringTool) -> list[Call]:
    bound = model.bind_tools(
        [tool.tool], tool_choice="score_hiring_fit", strict=True, parallel_tool_calls=False
    )
    reply = await bound.ainvoke(ASK)
    return [dict(call) for call in reply.tool_calls]


async def test_the_model_is_sent_the_form_that_the_rubric_describes(
    server: OpenAIServer, model: ChatOpenAI, tool: ScoringTool, rubric: Rubric
) -> None:
    await ask(model, tool)
    # The stand-in refuses what the API's strict mode refuses.
    assert server.refused == []
    (request,) = server.requests
    assert request.forced_tool == "score_hiring_fit"
    (sent,) = request.tools
    function = sent["function"]
    assert (function["name"], function["strict"]) == ("score_hiring_fit", True)
    schema = function["parameters"]
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == [fact.name for fact in rubric.facts]
    assert schema["required"] == [fact.name for fact in rubric.facts]
    for fact in rubric.facts:
        entry = schema["properties"][fact.name]
        assert entry["description"] == fact.about
        assert "default" not in entry
        filled, null = entry["anyOf"]
        assert null == {"type": "null"}
        assert filled["additionalProperties"] is False
        assert sorted(filled["required"]) == ["quote", "value"]
        value = filled["properties"]["value"]
        assert value["enum"] == [one.value for one in fact.values]
        assert all(one.reading in value["description"] for one in fact.values)
        assert filled["properties"]["quote"]["type"] == "string"


async def test_what_the_model_fills_in_is_scored_as_the_same_facts_are_elsewhere(
    server: OpenAIServer, model: ChatOpenAI, tool: ScoringTool, rubric: Rubric
) -> None:
    facts = {"stage": "production", "data": "sensitive", "budget": "tight"}
    nulls = {fact.name: None for fact in rubric.facts}
    server.script = [ToolCall(arguments={**nulls, **arguments(**facts)})]
    (call,) = await ask(model, tool)
    message = tool.tool.invoke(call)
    quotes = {name: f"says {value}" for name, value in facts.items()}
    assert orjson.dumps(message.artifact) == orjson.dumps(tool.call(facts, quotes))


def test_a_tool_call_gives_a_short_text_and_the_recommendation(tool: ScoringTool) -> None:
    message = tool.tool.invoke(tool_call(**arguments(stage="staged")))
    assert isinstance(message, ToolMessage)
    assert (message.tool_call_id, message.status) == ("call_1", "success")
    assert message.content == "verdict: hybrid"
    assert isinstance(message.artifact, Recommendation)
    assert message.artifact.contributions[0].quote == "says staged"


def test_null_and_left_out_are_both_not_known(tool: ScoringTool, rubric: Rubric) -> None:
    nulls = {fact.name: None for fact in rubric.facts if fact.name != "stage"}
    known = arguments(stage="prototype")
    left_out = tool.tool.invoke(tool_call(**known)).artifact
    null = tool.tool.invoke(tool_call(**known, **nulls)).artifact
    assert orjson.dumps(null) == orjson.dumps(left_out)
    assert "role" in null.missing


@pytest.mark.parametrize(
    "given",
    [
        {"stage": "prototype"},
        {"stage": {"value": "beta", "quote": "a beta"}},
        {"stage": {"value": "prototype"}},
        {"stage": {"quote": "a prototype"}},
        {"stage": {"value": "prototype", "quote": None}},
        {"stage": {"value": None, "quote": "a prototype"}},
        {"stage": {"value": "prototype", "quote": "a prototype", "sure": True}},
        {"stage": [{"value": "prototype", "quote": "a prototype"}]},
        {"verdict": {"value": "full_time", "quote": "hire them"}},
        {"verdict": "full_time"},
    ],
)
def test_arguments_outside_the_form_are_refused(tool: ScoringTool, given: Call) -> None:
    with pytest.raises(ValidationError):
        tool.tool.invoke(tool_call(**given))


def test_each_verdict_is_a_run_of_the_tool(rubric: Rubric, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code and LangChain come to a verdict the same way: by one body, with the same arguments."""
    runs: list[dict[str, Any]] = []
    run = ScoringTool._run

    def counted(self: ScoringTool, **given: Any) -> Any:
        runs.append({name: one and dict(one) for name, one in given.items()})
        return run(self, **given)

    monkeypatch.setattr(ScoringTool, "_run", counted)
    tool = ScoringTool(rubric)
    by_code = tool.call({"stage": "staged"}, {"stage": "first a demo"})
    told = {"stage": {"value": "staged", "quote": "first a demo"}}
    by_langchain = tool.tool.invoke(tool_call(**told)).artifact
    assert by_code == by_langchain
    first, second = ({name: one for name, one in given.items() if one} for given in runs)
    assert first == second == told


def test_code_cannot_pass_what_langchain_would_refuse(tool: ScoringTool) -> None:
    with pytest.raises(BadRequest):
        tool.call({"stage": "on the moon"})
    with pytest.raises(BadRequest):
        tool.call({"weather": "fine"})
    with pytest.raises(ValidationError):
        tool.call({"stage": "staged"}, {"stage": 7})  # type: ignore[dict-item]


def test_it_answers_while_nobody_notices(tool: ScoringTool, rubric: Rubric) -> None:
    """Well under the few milliseconds that a busy machine is allowed here."""
    tool.call({})
    took = []
    for facts in [{}, *sample(rubric, 99)]:
        begun = time.perf_counter()
        tool.call(facts)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[len(took) // 2] < 0.005
