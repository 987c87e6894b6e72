"""Writes `report.html` of a run, alone or beside another run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hiring_advisor.evals.compare import Comparison
from hiring_advisor.evals.gates import Outcome, Thresholds
from hiring_advisor.evals.report.tables import (
    breakdowns,
    broken_texts,
    confusion,
    headlines,
    metric_rows,
    percentiles,
    questions_asked,
    side_by_side,
)
from hiring_advisor.evals.runs import CaseResult, Run, is_failure

_HERE = Path(__file__).resolve().parent


def write_report(
    run: Run,
    path: Path,
    *,
    outcomes: Sequence[Outcome] = (),
    thresholds: Thresholds | None = None,
    before: Run | None = None,
    comparison: Comparison | None = None,
) -> Path:
    """Write the report of a run to `path`; with `before`, each case stands beside its former self.

    A baseline without words still shows flips and differences.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    script = (_HERE / "report.js").read_text("utf-8")
    page = environment.get_template("report.html.j2").render(
        run=run,
        style=Markup((_HERE / "report.css").read_text("utf-8")),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=_packed(_cases(run, before, comparison)),
        outcomes=outcomes,
        failed=[one for one in outcomes if not one.holds],
        comparison=comparison,
        beside=side_by_side(run),
        targets=[
            {
                "name": target,
                "cases": len(run.of(target)),
                "headlines": headlines(run, target, outcomes),
                "rows": metric_rows(run, target, thresholds, comparison),
                "confusion": confusion(run.of(target)),
                "breakdowns": breakdowns(run.of(target)),
                "broken": broken_texts(run.of(target)),
                "times": percentiles(run.of(target)),
                "questions": questions_asked(run.of(target)),
            }
            for target in run.targets
        ],
    )
    path.write_text(page, "utf-8")
    return path


def _packed(value: Any) -> str:
    """JSON, compressed, as text that needs no escaping in a page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _cases(run: Run, before: Run | None, comparison: Comparison | None) -> list[dict[str, Any]]:
    former = {one.key: one for one in (before.cases if before else ())}
    flips: dict[tuple[str, str], list[str]] = {}
    for flip in comparison.flips if comparison else ():
        sign = "−" if flip.is_loss else "+"
        flips.setdefault((flip.target, flip.case_id), []).append(f"{sign} {flip.metric}")
    found = []
    for one in run.cases:
        view = _view(one)
        view["flips"] = flips.get(one.key, [])
        old = former.get(one.key)
        if old is not None and old.record is not None:
            view["before"] = _view(old)
        elif old is not None:
            view["before_got"] = old.got
        found.append(view)
    return found


def _view(one: CaseResult) -> dict[str, Any]:
    record: Mapping[str, Any] = one.record or {}
    return {
        "id": one.case_id,
        "dataset": one.dataset,
        "split": one.split,
        "target": one.target,
        "epoch": one.epoch,
        "groups": dict(one.groups),
        "said": one.said,
        "expected": one.expected,
        "got": one.got,
        "error": record.get("error"),
        "passages": record.get("passages"),
        "conversations": [
            [_turn(turn) for turn in turns] for turns in record.get("conversations") or ()
        ],
        "measures": [
            [m.metric, m.hits, m.of, m.why, is_failure(m.metric, m.hits, m.of)]
            for m in one.measures
            if "." not in m.metric and not m.metric.startswith("cost/") and (m.why or m.of)
        ],
        "failed": sorted({m.metric for m in one.failed if "." not in m.metric}),
    }


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    advice = turn.get("recommendation")
    return {
        "said": turn["user_text"],
        "kind": turn["kind"],
        "sentences": turn.get("sentences") or [{"text": turn["text"], "citations": []}],
        "citations": [
            [one["n"], one["section_id"], one["quote"]] for one in turn.get("citations") or ()
        ],
        "verdict": advice and advice["verdict"],
        "scores": advice and advice.get("scores"),
        "confidence": advice and advice.get("confidence"),
        "reasons": [
            [one["fact"], one["value"], one["points"], one["section_id"]]
            for one in (advice or {}).get("contributions") or ()
        ],
        "facts": {
            name: [one["value"], one["quote"]] for name, one in (turn.get("facts") or {}).items()
        },
        "question": (turn.get("next_question") or {}).get("text"),
        "degraded": bool(turn.get("degraded")),
        "ms": (turn.get("timings_ms") or {}).get("total"),
    }
