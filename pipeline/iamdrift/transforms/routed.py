"""An event with what it does to one resource, and how it crosses from worker to worker."""

from __future__ import annotations

from typing import NamedTuple

import apache_beam as beam
import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.errors import RecordPlace
from iamdrift.iam.route import Touch, route


class Routed(NamedTuple):
    """An event and its touch."""

    event: CloudTrailEvent
    touch: Touch


class RoutedCoder(beam.coders.Coder):
    """Write the record and its place; reading routes again, which is cheaper than to write what routing found."""

    def encode(self, value: Routed) -> bytes:
        """Return the bytes of an element."""
        place = value.event.place
        return msgspec.msgpack.encode((value.event.raw, place and (place.topic, place.partition, place.offset)))

    def decode(self, encoded: bytes) -> Routed:
        """Read an element."""
        raw, place = msgspec.msgpack.decode(encoded)
        event = parse_event(raw, place and RecordPlace(*place))
        touch = route(event)
        if touch is None:
            raise ValueError(f"{event.record.name} crossed between workers but touches nothing: mixed versions?")
        return Routed(event, touch)

    def is_deterministic(self) -> bool:
        """Say yes: the bytes are those of the record."""
        return True


beam.coders.registry.register_coder(Routed, RoutedCoder)
