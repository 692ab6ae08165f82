"""The counters of the job, all in the Beam namespace `iamdrift`; the name is what a dashboard shows."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

NAMESPACE = "iamdrift"

RECORDS = "records"
EVENTS = "events"
SKIPPED = "skipped_"  # and the reason
DEAD_LETTERS = "dead_letters"
DRIFT = "drift"
DUPLICATES = "duplicates"
NO_CHANGE = "no_change"
LATE = "late"
CORRECTIONS = "corrections"
ATTEMPTS = "attempts"
UNMODELLED = "unmodelled"
ALERTS = "alerts"
ROUTE_DEAD_LETTERS = "dead_letters_route"
TRACK_DEAD_LETTERS = "dead_letters_track"


def counter(name: str) -> Any:
    """Return a counter of ours."""
    return beam.metrics.Metrics.counter(NAMESPACE, name)


def counts(result: Any) -> dict[str, int]:
    """Read the counters of a finished or running job."""
    found = result.metrics().query(beam.metrics.MetricsFilter().with_namespace(NAMESPACE))["counters"]
    return {one.key.metric.name: int(one.result) for one in found}
