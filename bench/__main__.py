"""Measure, and print a table: `python -m bench [--only http,model] [--quick] [--write]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import plan as plans
from bench import processes, report
from bench.plan import Plan, Results

Measure = Callable[[Plan, Path], Results]


def _http(plan: Plan, data_dir: Path) -> Results:
    from bench import over_http

    return over_http.measure(plan, data_dir)


def _model(plan: Plan, data_dir: Path) -> Results:
    from bench import with_model

    return with_model.measure(plan, data_dir)


PARTS: dict[str, Measure] = {"http": _http, "model": _model}


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="less of everything: 90 s at most")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: whether it runs")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and plots")
    given = parser.parse_args()
    wanted = [one for one in given.only.split(",") if one] or list(PARTS)
    if unknown := [one for one in wanted if one not in PARTS]:
        parser.error(f"--only: no such part: {', '.join(unknown)}")
    plan = plans.TINY if given.tiny else plans.QUICK if given.quick else plans.FULL
    begun = time.monotonic()
    results: dict[str, Results] = {}
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        processes.build_index(data_dir)
        for part in wanted:
            print(f"measuring: {part}", file=sys.stderr)
            results[part] = PARTS[part](plan, data_dir)
    report.show(results, time.monotonic() - begun)


if __name__ == "__main__":
    main()
