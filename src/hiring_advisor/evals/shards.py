"""Measuring in several processes: each takes some of the datasets, with an advisor of its own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hiring_advisor.errors import AdvisorError
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.gold import changed
from hiring_advisor.evals.place import Choice, Place
from hiring_advisor.evals.runs import CaseResult, of_json
from hiring_advisor.evals.runs import as_json as result_json
from hiring_advisor.evals.targets import Target

MakeTargets = Callable[[], list[Target]]
Tick = Callable[[], None]


@dataclass(frozen=True)
class Shard:
    """What one process measures: these datasets, at every target that `make_targets` gives."""

    place: Place
    choice: Choice
    datasets: tuple[str, ...]
    make_targets: MakeTargets
    out: Path


def divided(chosen: Mapping[str, Sequence[Case]], count: int) -> list[tuple[str, ...]]:
    """The datasets in at most `count` parts of about the same number of turns."""
    parts: list[list[str]] = [[] for _ in range(count)]
    sizes = [0] * count

    def turns(name: str) -> int:
        # A case costs something even where nothing is said; an interview has some turns to come.
        return sum(
            1 + 3 * bool(case.interview) + sum(map(len, case.conversations))
            for case in chosen[name]
        )

    for name in sorted(chosen, key=turns, reverse=True):
        lightest = sizes.index(min(sizes))
        parts[lightest].append(name)
        sizes[lightest] += turns(name)
    return [tuple(part) for part in parts if part]


def measured(shard: Shard, tick: Tick) -> list[CaseResult]:
    """Measure one shard in this process."""
    from hiring_advisor.evals.engine import AT_ONCE, evaluate, results_of, task_of

    knowledge = shard.place.knowledge
    chosen = shard.choice.cases(shard.place.folder, shard.datasets)
    targets = shard.make_targets()
    try:
        tasks = [
            task_of(name, cases, target, knowledge, tick)
            for target in targets
            for name, cases in chosen.items()
            if cases
        ]
        # What only computes gains nothing by taking turns, and its times would be those of four.
        waits = any(target.waits for target in targets)
        logs = evaluate(
            tasks, shard.out / "logs", epochs=shard.choice.epochs, at_once=AT_ONCE if waits else 1
        )
    finally:
        asyncio.run(_close(targets))
    by_id = {case.case_id: case for cases in chosen.values() for case in cases}
    moved = changed(shard.place.folder, knowledge)
    return results_of(logs, by_id, knowledge, moved, shard.place.prices())


async def _close(targets: Sequence[Target]) -> None:
    for target in targets:
        await target.close()


def measured_beside(shards: Sequence[Shard], tick: Tick) -> list[CaseResult]:
    """Measure every shard in a process of its own. Raises `AdvisorError` where one failed."""
    spawn = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    workers = []
    for shard in shards:
        ours, theirs = spawn.Pipe(duplex=False)
        worker = spawn.Process(target=_work, args=(shard, theirs))
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    try:
        return _gathered(pipes, tick)
    finally:
        for worker in workers:
            worker.join(timeout=10)
            if worker.is_alive():
                worker.terminate()


def _gathered(pipes: list[Connection], tick: Tick) -> list[CaseResult]:
    from multiprocessing.connection import wait

    found: list[CaseResult] = []
    waiting = list(pipes)
    while waiting:
        for pipe in wait(waiting):
            if not isinstance(pipe, Connection):
                continue
            try:
                told = json.loads(pipe.recv_bytes())
            except EOFError:
                raise AdvisorError("A process of the evals ended before its time.") from None
            if told is None:
                tick()
                continue
            waiting.remove(pipe)
            if isinstance(told, str):
                raise AdvisorError(told)
            found += [of_json(one) for one in told]
    return found


def _work(shard: Shard, pipe: Connection) -> None:
    """Body of a process: null for every case, then the results, or a sentence that says why not."""

    def tell(value: Any) -> None:
        pipe.send_bytes(json.dumps(value).encode())

    try:
        tell([result_json(one) for one in measured(shard, lambda: tell(None))])
    except AdvisorError as error:
        tell(error.message)
    except ModuleNotFoundError as error:
        tell(f"The evals want the package {error.name}: install hiring-advisor[evals].")
