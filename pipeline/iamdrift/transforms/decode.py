"""Raw batches to events: what is not ours is counted, what cannot be read becomes a dead letter."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.errors import RecordPlace
from iamdrift.io.batch import RawBatch
from iamdrift.transforms.tags import DEAD


class Decode(beam.DoFn):
    """RawBatch in, the list of its CloudTrailEvents out; DeadLetter on the side.

    Counts `records`, which is the sum of `events`, the `skipped_…` reasons and this step's dead letters.
    """

    def __init__(self, relevance: Relevance) -> None:
        super().__init__()
        self._relevance = relevance
        self._tally = metrics.Tally()

    def process(self, element: RawBatch) -> list[Any]:
        """Decode every record of a batch."""
        topic, partition, records = element
        relevance, add = self._relevance, self._tally.add
        quick = relevance.quick_skip
        events: list[CloudTrailEvent] = []
        outputs: list[Any] = []
        found = 0
        for offset, value in records:
            if value is not None and (reason := quick(value)):
                add(metrics.SKIPPED + reason)
                found += 1
                continue
            decoded = decode(value, relevance, RecordPlace(topic, partition, offset))
            for reason, count in decoded.skipped.items():
                add(metrics.SKIPPED + reason, count)
            events += decoded.events
            outputs += [beam.pvalue.TaggedOutput(DEAD, letter) for letter in decoded.dead]
            found += decoded.records
        add(metrics.RECORDS, found)
        add(metrics.EVENTS, len(events))
        add(metrics.DEAD_LETTERS, len(outputs))
        if events:
            outputs.append(events)
        return outputs

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
