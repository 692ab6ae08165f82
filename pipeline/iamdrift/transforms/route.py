"""Events to touches, keyed by resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.errors import RecordError
from iamdrift.iam.route import route
from iamdrift.transforms.routed import Routed
from iamdrift.transforms.tags import DEAD


class Route(beam.DoFn):
    """CloudTrailEvent in, `(key, Routed)` out; DeadLetter on the side for an event that does not say on what."""

    def __init__(self) -> None:
        super().__init__()
        self._dead = metrics.counter(metrics.ROUTE_DEAD_LETTERS)

    def process(self, element: CloudTrailEvent) -> Iterator[Any]:
        """Find what the event touches."""
        try:
            touches = route(element)
        except RecordError as error:
            self._dead.inc()
            yield beam.pvalue.TaggedOutput(DEAD, DeadLetter.of(element.raw, element.place, "route", error))
            return
        for touch in touches:
            yield str(touch.key).encode(), Routed(element, touch)
