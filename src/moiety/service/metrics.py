"""What is counted for Prometheus: requests, outcomes, durations; no label names a person or a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from moiety.decision.decision import Decision

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry: Final = CollectorRegistry()
        self._requests: Final = Counter(
            "moiety_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds: Final = Histogram(
            "moiety_request_seconds", "Time to an answer.", ("method", "route"), buckets=BUCKETS,
            registry=self._registry,
        )  # fmt: skip
        self._decisions: Final = Counter(
            "moiety_decisions", "Decisions by outcome and liveness.", ("outcome", "liveness"),
            registry=self._registry,
        )  # fmt: skip
        self._enrolments: Final = Counter("moiety_enrolments", "Codes issued.", registry=self._registry)
        self._refusals: Final = Counter(
            "moiety_refusals", "Errors by their stable code.", ("code",), registry=self._registry
        )
        self._store: Final = Gauge(
            "moiety_store_up", "Whether the database answers.", registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the route's pattern, never the address that was asked for."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def decided(self, decision: Decision) -> None:
        """Count a decision."""
        self._decisions.labels(decision.outcome.value, decision.liveness.value).inc()

    def enrolled(self) -> None:
        """Count a code that was issued."""
        self._enrolments.inc()

    def refused(self, code: str) -> None:
        """Count an error."""
        self._refusals.labels(code).inc()

    def store_up(self, up: bool) -> None:
        """Note whether the database answered."""
        self._store.set(1 if up else 0)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)

    def samples(self) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Every number by its name and labels, for tests."""
        return {
            (one.name, tuple(sorted(one.labels.items()))): one.value
            for family in self._registry.collect()
            for one in family.samples
        }
