"""The counters of the job, all in the Beam namespace `iamdrift`; the name is what a dashboard shows."""

from __future__ import annotations

from collections import Counter
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
BURSTS = "bursts"
ALERTS = "alerts"
ALERTS_REFUSED = "alerts_refused"
ROUTE_DEAD_LETTERS = "dead_letters_route"
ALIAS_DEAD_LETTERS = "dead_letters_alias"
TRACK_DEAD_LETTERS = "dead_letters_track"


def counter(name: str) -> Any:
    """Return a counter of ours."""
    return beam.metrics.Metrics.counter(NAMESPACE, name)


def counts(result: Any) -> dict[str, int]:
    """Read the counters of a finished or running job; what several steps count is added up."""
    found: Counter[str] = Counter()
    for one in result.metrics().query(beam.metrics.MetricsFilter().with_namespace(NAMESPACE))["counters"]:
        found[one.key.metric.name] += int(one.result)
    return dict(found)


class Tally:
    """The counts of a bundle: added up here, and given to Beam once at its end, because each time costs."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        self._counts[name] += count

    def flush(self) -> None:
        """Give the counts to Beam: in finish_bundle, for only inside a bundle does Beam take them."""
        for name, count in self._counts.items():
            counter(name).inc(count)
        self._counts.clear()
