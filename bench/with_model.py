"""Turns with a model: turns/s on one core, and what is added to the model's own time."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from bench import processes
from bench.answers import PIECES, letters, words_of
from bench.figures import Figure, Spread, percentile
from bench.load import Came, Job
from bench.plan import Plan, Results
from bench.processes import Process

FIRST_S, GAP_S = 0.2, 0.02
ADVISOR, OPENAI, AIOHTTP, BARE = "advisor", "FastAPI + openai", "FastAPI + aiohttp", "bare model"
PATHS = {OPENAI: "/openai", AIOHTTP: "/aiohttp", BARE: "/v1/chat/completions"}


@dataclass
class Round:
    """One short run: what came, what was added to the stand-in's time (ms), processor ms a turn."""

    came: Came
    added: list[float]
    added_known: list[float]
    """The same over the piece that begins the next sentence: only then is the first one whole."""
    cpu_ms: float
    ideal: float
    """Turns/s that the stand-in's own pace allows."""
    unmatched: int


@dataclass
class Bench:
    """The processes of one measurement."""

    model: Process
    servers: dict[str, Process]
    measured: dict[tuple[str, str], list[Round]] = field(default_factory=lambda: defaultdict(list))

    def pace(self, first_s: float, gap_s: float) -> None:
        """Set the stand-in's pace and forget its notes."""
        processes.post(f"{self.model.url}/mode", {"first_s": first_s, "gap_s": gap_s})

    def run(
        self,
        name: str,
        subject: str,
        visitors: int,
        seconds: float,
        *,
        seed: int,
        mix: str = "questions",
    ) -> None:
        """One run of a subject; kept under `name`."""
        server = self.servers[subject]
        kind = "advisor-stream" if subject == ADVISOR else "stream"
        job = Job(
            server.port,
            kind,
            visitors,
            seconds,
            mix=mix,
            seed=seed,
            path=PATHS.get(subject, ""),
        )
        processes.post(f"{self.model.url}/log")
        before = server.cpu_s()
        came = processes.send(job, _other_cores())
        cpu_ms = 1000 * (server.cpu_s() - before) / max(1, came.turns)
        notes = processes.post(f"{self.model.url}/log")
        added, known = added_ms(came, notes)
        planned = sum(float(one["planned_s"]) for one in notes)
        ideal = visitors * came.turns / planned if planned else 0.0
        missed = len(came.heard) - len(added)
        self.measured[name, subject].append(Round(came, added, known, cpu_ms, ideal, missed))

    def spread(self, name: str, subject: str, of: Callable[[Round], float]) -> Spread:
        """Over the rounds of one subject."""
        return Spread.of([of(one) for one in self.measured[name, subject]])


def _other_cores() -> set[int] | None:
    """The cores of the visitors and of the stand-in: all but the first."""
    cores = sorted(os.sched_getaffinity(0))
    return set(cores[1:]) or None


def added_ms(came: Came, notes: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """From the stand-in's writing of its first shown sentence to the visitor's seeing it, in ms.

    The sentence is known by its words and by when it was written: after its message was sent and
    before it came; where that fits several, by the question most like the message.
    """
    written: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for note in notes:
        for place, (words, ended, followed) in enumerate(note.get("sentences", ())):
            written[words].append((ended, followed, note["question"]))
            if place == 0:
                written[""].append((ended, followed, note["question"]))
    added, known = [], []
    for sent, message, sentences in came.heard:
        for arrived, words in sentences:
            fitting = [one for one in written[words_of(words)] if sent <= one[0] <= arrived]
            if fitting:
                asked = letters(message)
                ended, followed, _ = max(fitting, key=lambda one: fuzz.ratio(one[2], asked))
                added.append(1000 * (arrived - ended))
                known.append(1000 * max(0.0, arrived - followed))
                break
    return added, known


def measure(plan: Plan, data_dir: Path) -> Results:
    """Alternate short rounds of floors and advisor, unpaced and paced."""
    with ExitStack() as stack:
        model = stack.enter_context(processes.stand_in(data_dir, _other_cores()))
        url = f"{model.url}/v1"
        server = stack.enter_context(
            processes.advisor(data_dir, OPENAI_API_KEY="none", OPENAI_BASE_URL=url)
        )
        minimal = stack.enter_context(processes.floor(data_dir, "--model-url", url))
        bench = Bench(model, {ADVISOR: server, OPENAI: minimal, AIOHTTP: minimal, BARE: model})
        one_core = {min(os.sched_getaffinity(0))}
        all_cores = set(os.sched_getaffinity(0))
        for subject in (ADVISOR, OPENAI, AIOHTTP):
            bench.run("warm", subject, 2, plan.warm_s, seed=999, mix="mixed")
        for number in range(plan.rounds):
            seed = 1 + 10 * number
            bench.pace(0, 0)
            for process in (server, minimal):
                process.pin(one_core)
            for subject in (OPENAI, AIOHTTP):
                bench.run("16", subject, 16, plan.floor_s, seed=seed)
            bench.run("16", ADVISOR, 16, plan.subject_s, seed=seed + 1)
            bench.run("16 mixed", ADVISOR, 16, plan.subject_s, seed=seed + 2, mix="mixed")
            for process in (server, minimal):
                process.pin(all_cores)
            for subject in (BARE, OPENAI, AIOHTTP):
                bench.run("1", subject, 1, plan.floor_s / 2, seed=seed)
            bench.run("1", ADVISOR, 1, plan.subject_s, seed=seed + 3)
            bench.pace(FIRST_S, GAP_S)
            bench.run("1 paced", OPENAI, 1, plan.paced_s, seed=seed)
            bench.run("1 paced", ADVISOR, 1, 2 * plan.paced_s, seed=seed + 4)
            bench.run("64 paced", OPENAI, 64, plan.paced_s, seed=seed)
            bench.run("64 paced", ADVISOR, 64, 2 * plan.paced_s, seed=seed + 5)
    return Results(_rows(bench), _notes(bench), _raw(bench))


def _rate(one: Round) -> float:
    return one.came.per_s


def _added(share: float) -> Callable[[Round], float]:
    return lambda one: percentile(one.added, share) if one.added else float("nan")


def _rows(bench: Bench) -> list[Figure]:
    ours, floor = bench.spread, "FastAPI + openai client, streamed through"
    rows = [
        Figure(
            "model", "questions with a model, 16 visitors, server on one core", "turns/s",
            ours("16", ADVISOR, _rate), bench.spread("16", OPENAI, _rate), floor, 60, False,
            "LangChain's tutorial chain behind FastAPI 43, one-call create_agent 47, Haystack 26, "
            "LlamaIndex 20, Open WebUI 35",
        ),
        Figure(
            "model", "the same with descriptions of projects, each third message", "turns/s",
            ours("16 mixed", ADVISOR, _rate), bench.spread("16", AIOHTTP, _rate),
            "FastAPI + aiohttp, streamed through",
        ),
        Figure(
            "model", "processor time of the server a question", "ms",
            ours("16", ADVISOR, lambda one: one.cpu_ms),
            bench.spread("16", OPENAI, lambda one: one.cpu_ms), floor,
        ),
    ]  # fmt: skip
    for name, what, aims, others in (
        ("1", "1 visitor, model without pauses", (5, 8), ("first token: LangChain +8", "")),
        ("1 paced", "1 visitor, 200 ms and 50 tokens/s", (None, None), ("", "")),
        ("64 paced", "64 visitors, 200 ms and 50 tokens/s", (40, 80), ("", "")),
    ):
        for share, aim, other in zip((0.5, 0.95), aims, others, strict=True):
            rows.append(
                Figure(
                    "model", f"added to the first sentence, {what}, p{100 * share:.0f}", "ms",
                    ours(name, ADVISOR, _added(share)), bench.spread(name, OPENAI, _added(share)),
                    floor, aim, True, other,
                )
            )  # fmt: skip
    ideal = bench.spread("64 paced", ADVISOR, lambda one: one.ideal)
    rows.append(
        Figure(
            "model", "questions, 64 visitors, 200 ms and 50 tokens/s", "turns/s",
            ours("64 paced", ADVISOR, _rate), ideal, "what the model's pace allows", 42, False,
        )
    )  # fmt: skip
    return rows


def _notes(bench: Bench) -> list[str]:
    ours = [
        one for (_, subject), runs in bench.measured.items() for one in runs if subject == ADVISOR
    ]
    turns = sum(one.came.turns for one in ours)
    model_turns = sum(len(one.came.heard) for one in ours)
    bare = bench.spread("1", BARE, _added(0.5))
    known = bench.spread("64 paced", ADVISOR, lambda one: percentile(one.added_known, 0.5))
    calls = sum(one.came.calls for one in ours) / max(1, turns)
    return [
        f"{turns} turns, {sum(one.came.failed for one in ours)} failed, "
        f"{sum(one.came.degraded for one in ours)} degraded; {model_turns} showed a sentence, "
        f"{sum(one.unmatched for one in ours)} of them none that the model worded; "
        f"{calls:.2f} calls a turn. Answers have {PIECES} tokens; without pauses the bare model's "
        f"first sentence takes {bare.text()} ms to a visitor.",
        "A sentence is whole when the next one begins: with a paced model that is a token later. "
        f"Counted from there, {known.text()} ms are added at 64 visitors (p50).",
    ]


def _raw(bench: Bench) -> dict[str, Any]:
    return {
        f"{name}, {subject}": {
            "turns_per_s": [round(_rate(one), 2) for one in runs],
            "cpu_ms": [round(one.cpu_ms, 2) for one in runs],
            "added_ms": sorted(round(x, 2) for one in runs for x in one.added),
            "added_once_known_ms": sorted(round(x, 2) for one in runs for x in one.added_known),
            "ideal_turns_per_s": [round(one.ideal, 2) for one in runs],
        }
        for (name, subject), runs in bench.measured.items()
        if name != "warm"
    }
