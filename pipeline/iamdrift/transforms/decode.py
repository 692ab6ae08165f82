"""Raw batches to events: what is not ours is counted, what cannot be read becomes a dead letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.errors import RecordPlace
from iamdrift.io.batch import RawBatch
from iamdrift.transforms.tags import DEAD


class Decode(beam.DoFn):
    """RawBatch in, CloudTrailEvent out; DeadLetter on the side.

    Counts `records`, which is the sum of `events`, the `skipped_…` reasons and this step's dead letters.
    """

    def __init__(self, relevance: Relevance) -> None:
        super().__init__()
        self._relevance = relevance
        self._counters: dict[str, Any] = {}

    def process(self, element: RawBatch) -> Iterator[Any]:
        """Decode every record of a batch; counts are added up once a batch."""
        topic, partition, records = element
        relevance = self._relevance
        quick = relevance.quick_skip
        skipped: Counter[str] = Counter()
        events = dead = 0
        for offset, value in records:
            if value is not None and (reason := quick(value)):
                skipped[reason] += 1
                continue
            decoded = decode(value, relevance, RecordPlace(topic, partition, offset))
            if decoded.skipped:
                skipped.update(decoded.skipped)
            events += len(decoded.events)
            dead += len(decoded.dead)
            yield from decoded.events
            for letter in decoded.dead:
                yield beam.pvalue.TaggedOutput(DEAD, letter)
        counts = {metrics.SKIPPED + reason: count for reason, count in skipped.items()}
        counts |= {metrics.EVENTS: events, metrics.DEAD_LETTERS: dead}
        counts[metrics.RECORDS] = sum(counts.values())
        for name, count in counts.items():
            self._counter(name).inc(count)

    def _counter(self, name: str) -> Any:
        if name not in self._counters:
            self._counters[name] = metrics.counter(name)
        return self._counters[name]
