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
    """Write the record, its place and the key; reading routes again, cheaper than to write what routing found."""

    def encode(self, value: Routed) -> bytes:
        """Return the bytes of an element."""
        event, touch = value
        place = event.place
        return msgspec.msgpack.encode(
            (event.raw, str(touch.key), place and (place.topic, place.partition, place.offset))
        )

    def decode(self, encoded: bytes) -> Routed:
        """Read an element."""
        raw, key, place = msgspec.msgpack.decode(encoded)
        event = parse_event(raw, place and RecordPlace(*place))
        touch = next((one for one in route(event) if str(one.key) == key), None)
        if touch is None:
            raise ValueError(f"{event.record.name} crossed between workers but touches no {key}: mixed versions?")
        return Routed(event, touch)

    def is_deterministic(self) -> bool:
        """Say yes: the bytes are those of the record."""
        return True


beam.coders.registry.register_coder(Routed, RoutedCoder)
