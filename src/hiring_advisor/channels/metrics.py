"""Figures for operators in Prometheus' text format. No ids and no words of visitors in labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hiring_advisor.answering.turn import Turn

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._turns = Counter(
            "hiring_advisor_turns",
            "Turns that ended.",
            ("mode", "kind", "verdict", "degraded", "stopped"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "hiring_advisor_turn_seconds",
            "Seconds from the stored message to the finished turn.",
            ("mode",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._model_calls = Counter(
            "hiring_advisor_model_calls", "Calls of the language model.", registry=self._registry
        )
        self._tokens = Counter(
            "hiring_advisor_model_tokens",
            "Tokens as the provider counted them.",
            ("direction",),
            registry=self._registry,
        )
        self._model_failures = Counter(
            "hiring_advisor_model_failures",
            "Failed calls of the language model.",
            ("reason",),
            registry=self._registry,
        )
        self._dropped = Counter(
            "hiring_advisor_sentences_dropped",
            "Sentences of the model that were not shown.",
            ("reason",),
            registry=self._registry,
        )
        self._facts_dropped = Counter(
            "hiring_advisor_facts_dropped",
            "Facts of the model that did not count.",
            ("reason",),
            registry=self._registry,
        )
        self._refused = Counter(
            "hiring_advisor_requests_refused",
            "Requests over a rate limit.",
            registry=self._registry,
        )
        self._vectors = Gauge(
            "hiring_advisor_vectors_ok",
            "1 while the vector index serves, 0 while words alone do.",
            registry=self._registry,
        )

    def turn_ended(self, turn: Turn) -> None:
        """Count a turn."""
        verdict = turn.recommendation.verdict if turn.recommendation is not None else "none"
        self._turns.labels(
            turn.mode, turn.kind, verdict, str(turn.degraded).lower(), str(turn.stopped).lower()
        ).inc()
        self._seconds.labels(turn.mode).observe(turn.timings_ms.get("total", 0.0) / 1000)
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

    def render(self, *, has_vectors: bool) -> bytes:
        """The figures as Prometheus text."""
        self._vectors.set(1 if has_vectors else 0)
        return generate_latest(self._registry)
