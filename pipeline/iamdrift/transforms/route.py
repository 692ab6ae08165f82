"""Events to touches, keyed by account."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.errors import RecordError
from iamdrift.iam.aliases import names_key
from iamdrift.iam.route import route
from iamdrift.transforms.routed import RoutedEvent
from iamdrift.transforms.tags import DEAD


class Route(beam.DoFn):
    """Lists of CloudTrailEvents in, `(account, RoutedEvent)` out; DeadLetter on the side.

    A record that does not say on what its call was is a dead letter.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tally = metrics.Tally()

    def process(self, element: list[CloudTrailEvent]) -> list[Any]:
        """Find what the events touch."""
        outputs: list[Any] = []
        for event in element:
            try:
                touches = route(event)
            except RecordError as error:
                self._tally.add(metrics.ROUTE_DEAD_LETTERS)
                outputs.append(beam.pvalue.TaggedOutput(DEAD, DeadLetter.of(event.raw, event.place, "route", error)))
                continue
            outputs.append((names_key(touches[0].key).encode(), RoutedEvent(event, touches)))
        return outputs

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
