"""Plots of what was measured: small SVG files for `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "bench",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "axes.axisbelow": True,
        "legend.frameon": False,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
    }
)
OURS, FLOOR, OTHER, AIM = "#1f5fbf", "#8a8a8a", "#d08a2e", "#2a8f4f"
QUARTERS = (0, 0.25, 0.5, 0.75, 1)
POINTS = 100
"""Points of a distribution's line: more of them only make the file large."""

Draw = Callable[[Any, dict[str, Any]], str]


def draw(parts: dict[str, Any], folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Draw all plots that the measured parts allow; return file names and captions by part."""
    import matplotlib.pyplot as plt

    wanted: list[tuple[str, str, Draw]] = [
        ("http", "bench-http-rate.svg", _rates),
        ("http", "bench-http-latency.svg", _latencies),
        ("model", "bench-model-added.svg", _added),
        ("memory", "bench-memory.svg", _memory),
    ]
    drawn: dict[str, list[tuple[str, str]]] = {}
    for part, name, plot in wanted:
        if part not in parts:
            continue
        figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
        caption = plot(axes, parts[part])
        figure.savefig(folder / name, metadata={"Date": None})
        plt.close(figure)
        drawn.setdefault(part, []).append((name, caption))
    return drawn


def _rates(axes: Any, part: dict[str, Any]) -> str:
    rows = [one for one in part["figures"] if one["unit"] == "turns/s"]
    visitors = part["raw"]["visitors"]
    for key, color, label in (
        ("found", OURS, "advisor, embedded"),
        ("floor", FLOOR, "floor: FastAPI, a fixed answer"),
    ):
        median = [one[key]["median"] for one in rows]
        spread = [
            [one[key]["median"] - one[key]["low"] for one in rows],
            [one[key]["high"] - one[key]["median"] for one in rows],
        ]
        axes.errorbar(visitors, median, spread, color=color, marker="o", capsize=4, label=label)
        for x, y in zip(visitors, median, strict=True):
            axes.annotate(f"{y:,.0f}", (x, y), (0, 8), textcoords="offset points", ha="center")
    axes.plot([16], [150], "_", markersize=24, markeredgewidth=2.5, color=AIM, label="aim")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.margins(y=0.2)
    axes.set_xticks(visitors, [str(one) for one in visitors])
    axes.minorticks_off()
    axes.set_xlabel("visitors at once")
    axes.set_ylabel("turns a second")
    axes.legend(loc="center right")
    return "Turns a second by number of visitors, beside a fixed answer"


def _latencies(axes: Any, part: dict[str, Any]) -> str:
    for visitors, color in zip(part["raw"]["visitors"], (OURS, OTHER, AIM), strict=True):
        _share_below(axes, part["raw"]["latencies_ms"][str(visitors)], color, f"{visitors} at once")
        floor = part["raw"]["floor_latencies_ms"][str(visitors)]
        _share_below(axes, floor, color, f"floor, {visitors}", style=":")
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds a turn")
    axes.set_ylabel("share of turns below")
    axes.legend(loc="upper left", ncols=2, fontsize=9)
    axes.set_ylim(0, 1.35)
    axes.set_yticks(QUARTERS)
    return "Distribution of the time a turn takes over HTTP"


def _added(axes: Any, part: dict[str, Any]) -> str:
    for name, color, label in (
        ("1", OURS, "1 visitor, no pauses"),
        ("1 paced", OTHER, "1 visitor, paced"),
        ("64 paced", AIM, "64 visitors, paced"),
    ):
        _share_below(axes, part["raw"][f"{name}, advisor"]["added_ms"], color, label)
        floor = part["raw"].get(f"{name}, FastAPI + openai", {}).get("added_ms", [])
        _share_below(axes, floor, color, "floor: openai client", style=":")
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds added to the first sentence")
    axes.set_ylabel("share of turns below")
    axes.legend(loc="upper left", ncols=2, fontsize=9)
    axes.set_ylim(0, 1.35)
    axes.set_yticks(QUARTERS)
    return "Time added to the model's first sentence"


def _memory(axes: Any, part: dict[str, Any]) -> str:
    found = {
        **part["raw"]["resident_mb"],
        "LangChain's tutorial chain": 240.0,
        "Open WebUI": 1300.0,
    }
    names = list(found)
    colors = [FLOOR, *[OURS] * (len(names) - 3), OTHER, OTHER]
    bars = axes.barh(names, list(found.values()), color=colors)
    axes.bar_label(bars, fmt="{:,.0f}", padding=4)
    axes.axvline(250, color=AIM, linestyle="--", label="aim")
    axes.invert_yaxis()
    axes.set_xlabel("MB resident")
    axes.margins(x=0.1)
    axes.legend(loc="center right")
    return "Resident memory of a process that serves"


def _share_below(
    axes: Any, values: Sequence[float], color: str, label: str, style: str = "-"
) -> None:
    """The distribution of sorted values as a line."""
    if not values:
        return
    last = len(values) - 1
    shares = [place / POINTS for place in range(POINTS + 1)]
    axes.plot(
        [values[round(share * last)] for share in shares], shares, style, color=color, label=label
    )
