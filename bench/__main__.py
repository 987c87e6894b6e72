"""Measure, and print a table: `python -m bench [--only http,model] [--quick] [--write]`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import plan as plans
from bench import processes, report
from bench.plan import Plan, Results

RETRIEVAL_S = 120.0


PARTS = {
    "http": "bench.over_http",
    "model": "bench.with_model",
    "cold": "bench.cold",
    "memory": "bench.memory",
    "tokens": "bench.tokens",
    "retrieval": "",
}
"""Each part's module, which has `measure(plan, data_dir)`; the last one is a program."""


def _measure(part: str, plan: Plan, data_dir: Path) -> Results:
    if PARTS[part]:
        results: Results = importlib.import_module(PARTS[part]).measure(plan, data_dir)
        return results
    return _retrieval()


def _retrieval() -> Results:
    """What `python -m bench.retrieval` prints, where there is such a module."""
    if importlib.util.find_spec("bench.retrieval") is None:
        return Results()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.retrieval"],
            cwd=processes.ROOT, stdout=subprocess.PIPE, text=True, timeout=RETRIEVAL_S, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        return Results(notes=[f"Not measured: {error}."])
    return Results(text=done.stdout.strip())


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="less of everything: 90 s at most")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: whether it runs")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and plots")
    given = parser.parse_args()
    wanted = [one for one in given.only.split(",") if one] or list(PARTS)
    if not given.only and (given.quick or given.tiny):
        wanted.remove("retrieval")  # it has one size
    if unknown := [one for one in wanted if one not in PARTS]:
        parser.error(f"--only: no such part: {', '.join(unknown)}")
    plan = plans.TINY if given.tiny else plans.QUICK if given.quick else plans.FULL
    begun = time.monotonic()
    results: dict[str, Results] = {}
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        processes.build_index(data_dir)
        for part in wanted:
            print(f"{time.monotonic() - begun:4.0f} s: {part}", file=sys.stderr)
            results[part] = _measure(part, plan, data_dir)
    report.show(results, time.monotonic() - begun)
    if given.tiny:
        return
    options = ["--only " + given.only] * bool(given.only) + ["--quick"] * given.quick
    command = " ".join(["python -m bench", *options]) if options else "make bench"
    everything = report.keep(results, command)
    if given.write:
        report.write(everything)


if __name__ == "__main__":
    main()
