"""A model as judge of grounding: optional, beside the deterministic checks, never part of a gate.

How far to trust it is measured first: its answers on `judge_labels.jsonl` against a person's, with
Cohen's kappa. A reply that does not parse counts as unscored, neither as yes nor as no.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from openai import AsyncOpenAI, OpenAIError

from hiring_advisor.errors import ModelUnavailable
from hiring_advisor.evals import samples as s
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.runs import Run
from hiring_advisor.evals.statistics import kappa
from hiring_advisor.prompting import Prompt, fenced

AT_ONCE = 4
TIMEOUT_S = 60.0
MOST_TOKENS = 200


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the judge says of one sentence; `supported` is None where its reply does not parse."""

    supported: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The judge beside a person, over the labelled sentences that it scored."""

    kappa: float | None
    agreed: int
    scored: int
    unscored: int
    disagreements: tuple[tuple[str, bool, str], ...]
    """(sample, the person's label, why the judge sees it otherwise)."""


class Judge(Protocol):
    """Rules on one sentence and the text of its sources."""

    async def rule(self, sentence: str, sources: str) -> Ruling:
        """Whether the sources hold the sentence. Raises `ModelUnavailable`."""
        ...


class ModelJudge:
    """A judge behind an OpenAI-compatible endpoint."""

    def __init__(self, model: str, prompt: Prompt, *, api_key: str, base_url: str | None) -> None:
        self._model = model
        self._prompt = prompt
        self._client = AsyncOpenAI(
            api_key=api_key, base_url=base_url, timeout=TIMEOUT_S, max_retries=2
        )

    async def rule(self, sentence: str, sources: str) -> Ruling:
        """Ask the model."""
        system, user = self._prompt.render(
            sources=fenced(sources, "sources"), sentence=fenced(sentence, "sentence")
        )
        try:
            reply = await self._client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": system},
                    {"role": "user", "content": user},
                ],
                temperature=0,
                max_tokens=MOST_TOKENS,
            )
        except OpenAIError as error:
            raise ModelUnavailable(
                f"The judge {self._model} does not answer ({type(error).__name__})."
            ) from None
        return parsed((reply.choices[0].message.content or "") if reply.choices else "")

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()


def parsed(reply: str) -> Ruling:
    """A ruling from a reply: one JSON object, alone or in a fence, with a plain true or false."""
    text = reply.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        value: Any = json.loads(text)
    except ValueError:
        return Ruling(None, f"no JSON: {reply[:80]}")
    if not isinstance(value, dict) or not isinstance(value.get("supported"), bool):
        return Ruling(None, f"no ruling: {reply[:80]}")
    return Ruling(value["supported"], str(value.get("why", ""))[:300])


async def agreement(judge: Judge, folder: Path, knowledge: Knowledge) -> Agreement:
    """The judge on every labelled sentence, against the person who labelled it."""
    labelled = [one for one in s.load(folder, "judge_labels") if isinstance(one, s.Labelled)]
    asked = [(one.sentence, knowledge.text_of(list(one.sections))) for one in labelled]
    rulings = await _all(judge, asked)
    scored = [
        (one, ruling, ruling.supported)
        for one, ruling in zip(labelled, rulings, strict=True)
        if ruling.supported is not None
    ]
    pairs = [(one.supported, said) for one, _, said in scored]
    return Agreement(
        kappa=kappa(pairs) if pairs else None,
        agreed=sum(label == said for label, said in pairs),
        scored=len(pairs),
        unscored=len(labelled) - len(pairs),
        disagreements=tuple(
            (one.id, one.supported, ruling.why)
            for one, ruling, said in scored
            if said != one.supported
        ),
    )


def cited_sentences(run: Run) -> list[tuple[str, list[str]]]:
    """Every cited sentence of a run's answers with the sections it cites, each pair once."""
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for one in run.cases:
        for turns in (one.record or {}).get("conversations") or ():
            for turn in turns:
                if turn["kind"] != "answer":
                    continue
                places = {c["n"]: c["section_id"] for c in turn.get("citations") or ()}
                for sentence in turn.get("sentences") or ():
                    sections = tuple(places[n] for n in sentence["citations"] if n in places)
                    if sections:
                        found[sentence["text"], sections] = None
    return [(text, list(sections)) for text, sections in found]


async def judged(
    judge: Judge, sentences: Sequence[tuple[str, list[str]]], knowledge: Knowledge
) -> list[Ruling]:
    """The judge on sentences of answers, in their order."""
    asked = [(text, knowledge.text_of(sections)) for text, sections in sentences]
    return await _all(judge, asked)


async def _all(judge: Judge, asked: Iterable[tuple[str, str]]) -> list[Ruling]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(sentence: str, sources: str) -> Ruling:
        async with gate:
            return await judge.rule(sentence, sources)

    return await asyncio.gather(*(one(sentence, sources) for sentence, sources in asked))
