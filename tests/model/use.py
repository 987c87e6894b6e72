"""What an honest model is asked, turn by turn: calls, and tokens of prompts and forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import orjson
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

from hiring_advisor.advisor import Past
from hiring_advisor.bootstrap import Parts
from hiring_advisor.corpus.tokens import count_tokens

from .conftest import work

DATASETS = Path(__file__).resolve().parents[2] / "evals" / "datasets"


@dataclass(frozen=True)
class Use:
    """One turn: its calls, their prompt tokens, and whether the form was among them."""

    calls: int
    prompt_tokens: int
    form: bool


def messages(every: int = 1) -> list[str]:
    """Questions and project messages of the evals, each `every`th."""
    found = []
    for name, key in (("questions", "question"), ("verdicts", "message")):
        lines = (DATASETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        found += [json.loads(line)[key] for line in lines[::every]]
    return found


def prompt_tokens(request: ChatRequest) -> int:
    """Tokens of what a request says and of the form that it brings, by o200k_base."""
    form = orjson.dumps(list(request.tools)).decode() if request.tools else ""
    return count_tokens(request.text) + count_tokens(form)


async def use_of(parts: Parts, server: OpenAIServer, texts: Sequence[str]) -> list[Use]:
    """Work on the messages, each as the first one of a conversation."""
    found = []
    for text in texts:
        server.clear()
        await work(parts.advisor, text, Past())
        asked = server.requests
        found.append(
            Use(
                len(asked),
                sum(map(prompt_tokens, asked)),
                any(one.forced_tool for one in asked),
            )
        )
    return found


def averages(used: Sequence[Use]) -> tuple[float, float]:
    """Mean calls and mean prompt tokens of a turn."""
    return mean(one.calls for one in used), mean(one.prompt_tokens for one in used)
