"""Figures for operators in Prometheus' text format. No ids and no words of visitors in labels.

Several worker processes count in files of one folder, and each of them tells the figures of all.
"""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hiring_advisor.answering.turn import Turn

RENDERS_A_SECOND = 5
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one server; with `shared`, the folder of its workers, of all of them."""

    def __init__(self, shared: str | None = None) -> None:
        self._shared = shared
        self._registry = CollectorRegistry()
        self._rendered = b""
        self._rendered_at: deque[float] = deque(maxlen=RENDERS_A_SECOND)
        self._requests = self._histogram(
            "http_server_request_duration_seconds",
            "Seconds from a request's head to the end of its answer; streams last as they last.",
            ("http_request_method", "http_route", "http_response_status_code"),
        )
        self._turns = self._counter(
            "hiring_advisor_turns",
            "Turns that ended.",
            ("channel", "mode", "kind", "verdict", "degraded", "stopped"),
        )
        self._seconds = self._histogram(
            "hiring_advisor_turn_seconds",
            "Seconds from the stored message to the finished turn.",
            ("mode",),
        )
        self._first = self._histogram(
            "hiring_advisor_first_sentence_seconds",
            "Seconds from the stored message to the first checked sentence.",
            ("mode",),
        )
        self._model_calls = self._counter(
            "hiring_advisor_model_calls", "Calls of the language model."
        )
        self._tokens = self._counter(
            "hiring_advisor_model_tokens", "Tokens as the provider counted them.", ("direction",)
        )
        self._model_failures = self._counter(
            "hiring_advisor_model_failures", "Failed calls of the language model.", ("reason",)
        )
        self._dropped = self._counter(
            "hiring_advisor_sentences_dropped",
            "Sentences of the model that were not shown.",
            ("reason",),
        )
        self._facts_dropped = self._counter(
            "hiring_advisor_facts_dropped", "Facts of the model that did not count.", ("reason",)
        )
        self._refused = self._counter(
            "hiring_advisor_requests_refused", "Requests over a rate limit."
        )
        self._spans_dropped = self._counter(
            "hiring_advisor_spans_dropped", "Spans of traces that could not be delivered."
        )
        self._gauges = {
            name: self._gauge(name, text, among_workers)
            for name, text, among_workers in (
                (
                    "hiring_advisor_retrieval_canary_ok",
                    "1 while the vector index answers, 0 while words alone are searched.",
                    "livemin",
                ),
                (
                    "hiring_advisor_breaker_state",
                    "1 while the language model is left alone after failures, else 0.",
                    "livemax",
                ),
                (
                    "hiring_advisor_limits_degraded",
                    "1 while the shared rate limits are out of reach, else 0.",
                    "livemax",
                ),
                (
                    "hiring_advisor_unsaved_turns",
                    "Finished turns that the database has not taken yet.",
                    "livesum",
                ),
                (
                    "hiring_advisor_budget_spent_tokens",
                    "Tokens of the language model that count against today's ceiling.",
                    "livemax",
                ),
                ("process_resident_memory_bytes", "Resident memory in bytes.", "livesum"),
            )
        }

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is a template."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def turn_ended(self, turn: Turn, channel: str = "http") -> None:
        """Count a turn."""
        verdict = turn.recommendation.verdict if turn.recommendation is not None else "none"
        flags = str(turn.degraded).lower(), str(turn.stopped).lower()
        self._turns.labels(channel, turn.mode, turn.kind, verdict, *flags).inc()
        self._seconds.labels(turn.mode).observe(turn.timings_ms.get("total", 0.0) / 1000)
        if "first_sentence" in turn.timings_ms:
            self._first.labels(turn.mode).observe(turn.timings_ms["first_sentence"] / 1000)
        self._model_calls.inc(turn.usage.llm_calls)
        self._tokens.labels("prompt").inc(turn.usage.prompt_tokens)
        self._tokens.labels("completion").inc(turn.usage.completion_tokens)
        for reason in turn.trace.get("model_failures", ()):
            self._model_failures.labels(reason).inc()
        for reason, count in turn.trace.get("sentences_dropped", {}).items():
            self._dropped.labels(reason).inc(count)
        for reason, count in turn.trace.get("facts_dropped", {}).items():
            self._facts_dropped.labels(reason).inc(count)

    def refused(self) -> None:
        """Count a request over a rate limit."""
        self._refused.inc()

    def spans_dropped(self, count: int) -> None:
        """Count spans that were lost."""
        self._spans_dropped.inc(count)

    def set(self, **states: float) -> None:
        """Set gauges, by their names without the package's."""
        for name, value in states.items():
            self._gauges[f"hiring_advisor_{name}"].set(value)
        self._gauges["process_resident_memory_bytes"].set(_resident_bytes())

    def render(self) -> bytes:
        """The figures as Prometheus text. Who asks all the time gets some that are a moment old:
        writing them down takes milliseconds in which no visitor is served.
        """
        now, last = time.monotonic(), self._rendered_at
        if len(last) < RENDERS_A_SECOND or now - last[0] >= 1.0:
            self._rendered = generate_latest(self._all())
            last.append(now)
        return self._rendered

    def _all(self) -> CollectorRegistry:
        if self._shared is None:
            return self._registry
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._shared)  # type: ignore[no-untyped-call]
        return registry

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, labels: tuple[str, ...]) -> Histogram:
        return Histogram(name, text, labels, buckets=_BUCKETS, registry=self._registry)

    def _gauge(self, name: str, text: str, among_workers: Any) -> Gauge:
        return Gauge(name, text, registry=self._registry, multiprocess_mode=among_workers)


def forget_worker(pid: int, folder: str) -> None:
    """Leave a worker that is gone out of the states; what it counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0  # not on Linux
    return pages * os.sysconf("SC_PAGE_SIZE")
