"""What each import adds to a process, in the order given: prints JSON, name to MB (10^6 bytes)."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def resident_mb() -> float:
    """The resident set of this process."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Rss:")).split()[1]) * 1024 / 1e6


def main() -> None:
    """Import what the arguments name, one after the other."""
    last = resident_mb()
    costs = {"python": last}
    for name in sys.argv[1:]:
        importlib.import_module(name)
        now = resident_mb()
        costs[name] = now - last
        last = now
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
