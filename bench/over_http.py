"""Embedded turns over HTTP: latency and turns/s by number of visitors, beside a fixed answer."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bench import processes
from bench.figures import Figure, Spread, percentile
from bench.load import Came, Job
from bench.plan import Plan, Results

AIMS = {("p50", 1): (10.0, True), ("turns/s", 16): (150.0, False)}


def measure(plan: Plan, data_dir: Path) -> Results:
    """Alternate short rounds of floor and advisor."""
    ours: dict[int, list[Came]] = defaultdict(list)
    floors: dict[int, list[Came]] = defaultdict(list)
    cpu: dict[int, list[float]] = defaultdict(list)
    with processes.advisor(data_dir) as server:
        warm = processes.send(Job(server.port, "advisor", 4, plan.warm_s, seed=999))
        size = warm.bytes // max(1, warm.turns)
        with processes.floor(data_dir, "--size", str(size)) as minimal:
            processes.send(Job(minimal.port, "json", 4, plan.warm_s / 2, path="/fixed"))
            for round_number in range(plan.rounds):
                for visitors in plan.visitors:
                    job = Job(
                        minimal.port,
                        "json",
                        visitors,
                        plan.floor_s,
                        path="/fixed",
                        settle_s=plan.floor_s / 5,
                    )
                    floors[visitors].append(processes.send(job))
                    seed = 1 + round_number * 100 + visitors
                    before = server.cpu_s()
                    job = Job(
                        server.port, "advisor", visitors, plan.subject_s, seed=seed,
                        settle_s=plan.subject_s / 5,
                    )  # fmt: skip
                    came = processes.send(job)
                    ours[visitors].append(came)
                    cpu[visitors].append(1000 * (server.cpu_s() - before) / max(1, came.turns))
    some = plan.visitors[1]
    figures = [row for visitors in plan.visitors for row in _rows(visitors, ours, floors)]
    figures.append(
        Figure(
            "http",
            f"processor time of the server a turn, {some} visitors",
            "ms",
            Spread.of(cpu[some]),
        )
    )
    kinds: dict[str, int] = defaultdict(int)
    for came in (one for rounds in ours.values() for one in rounds):
        for kind, count in came.kinds.items():
            kinds[kind] += count
    failed = sum(one.failed for rounds in ours.values() for one in rounds)
    load = sum(one.cpu_s for one in ours[some]) / sum(one.elapsed_s for one in ours[some])
    sums = [one for rounds in ours.values() for came in rounds for one in came.sums]
    again = 1 - len(set(sums)) / max(1, len(sums))
    notes = [
        f"{sum(kinds.values())} turns ({_list(kinds)}), {failed} failed; answers of {size} bytes. "
        f"The load generator took {load:.0%} of a core at {some} visitors; {again:.1%} of the "
        "texts had been sent before.",
    ]
    raw = {
        "visitors": plan.visitors,
        "latencies_ms": {
            str(visitors): sorted(round(1000 * x, 2) for one in rounds for x in one.latencies)
            for visitors, rounds in ours.items()
        },
        "floor_latencies_ms": {
            str(visitors): sorted(round(1000 * x, 2) for one in rounds for x in one.latencies)
            for visitors, rounds in floors.items()
        },
    }
    return Results(figures, notes, raw)


def _rows(
    visitors: int, ours: dict[int, list[Came]], floors: dict[int, list[Came]]
) -> list[Figure]:
    rows = []
    people = "1 visitor" if visitors == 1 else f"{visitors} visitors"
    for name, share in (("p50", 0.50), ("p95", 0.95)):
        aim, at_most = AIMS.get((name, visitors), (None, True))
        rows.append(
            Figure(
                "http", f"turn over HTTP, {people}, {name}", "ms",
                Spread.of([1000 * percentile(one.latencies, share) for one in ours[visitors]]),
                Spread.of([1000 * percentile(one.latencies, share) for one in floors[visitors]]),
                "FastAPI, fixed answer", aim, at_most,
            )
        )  # fmt: skip
    aim, at_most = AIMS.get(("turns/s", visitors), (None, False))
    rows.append(
        Figure(
            "http", f"turns over HTTP, {people}", "turns/s",
            Spread.of([one.per_s for one in ours[visitors]]),
            Spread.of([one.per_s for one in floors[visitors]]),
            "FastAPI, fixed answer", aim, at_most,
        )
    )  # fmt: skip
    return rows


def _list(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
