"""Raw batches to events: what nobody wants is counted, what cannot be read becomes a dead letter."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.errors import RecordPlace
from iamdrift.iam.calls import modelled_calls
from iamdrift.io.batch import RawBatch
from iamdrift.rule_files import Rules
from iamdrift.transforms.tags import DEAD, PLAIN


class Decode(beam.DoFn):
    """RawBatch in, the list of its CloudTrailEvents that are tracked out.

    On the side, DeadLetter, and the list of those that a rule on plain records may match.

    Counts `records`, which is the sum of `events`, the `skipped_…` reasons and this step's dead letters.
    """

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Learn which records are wanted."""
        wanted = self._rules.compiled().wanted
        self._relevance = Relevance(modelled_calls(), wanted.wants if wanted else None)

    def process(self, element: RawBatch) -> list[Any]:
        """Decode every record of a batch."""
        topic, partition, records = element
        relevance, add = self._relevance, self._tally.add
        quick = relevance.quick_skip
        events: list[CloudTrailEvent] = []
        plain: list[CloudTrailEvent] = []
        outputs: list[Any] = []
        found = kept = 0
        for offset, value in records:
            if value is not None and (reason := quick(value)):
                add(metrics.SKIPPED + reason)
                found += 1
                continue
            decoded = decode(value, relevance, RecordPlace(topic, partition, offset))
            for reason, count in decoded.skipped.items():
                add(metrics.SKIPPED + reason, count)
            events += decoded.tracked
            plain += decoded.plain
            kept += decoded.events
            outputs += [beam.pvalue.TaggedOutput(DEAD, letter) for letter in decoded.dead]
            found += decoded.records
        add(metrics.RECORDS, found)
        add(metrics.EVENTS, kept)
        add(metrics.DEAD_LETTERS, len(outputs))
        if plain:
            outputs.append(beam.pvalue.TaggedOutput(PLAIN, plain))
        if events:
            outputs.append(events)
        return outputs

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
