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
        counts: Counter[str] = Counter()
        for offset, value in records:
            if value is not None and (reason := quick(value)):
                counts[metrics.SKIPPED + reason] += 1
                continue
            place = RecordPlace(topic, partition, offset)
            decoded = decode(value, relevance, place)
            for reason, count in decoded.skipped.items():
                counts[metrics.SKIPPED + reason] += count
            counts[metrics.EVENTS] += len(decoded.events)
            counts[metrics.DEAD_LETTERS] += len(decoded.dead)
            yield from decoded.events
            for letter in decoded.dead:
                yield beam.pvalue.TaggedOutput(DEAD, letter)
        counts[metrics.RECORDS] = sum(counts.values())
        for name, count in counts.items():
            self._counter(name).inc(count)

    def _counter(self, name: str) -> Any:
        if name not in self._counters:
            self._counters[name] = metrics.counter(name)
        return self._counters[name]
