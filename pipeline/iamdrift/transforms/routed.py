"""An event with what it does, and how it crosses from worker to worker: before names are resolved, and after."""

from __future__ import annotations

from typing import Any, NamedTuple

import apache_beam as beam
import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.errors import RecordPlace
from iamdrift.iam.change import Change, Op
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.route import Touch, route


class RoutedEvent(NamedTuple):
    """An event and its touches, by the names that the event uses."""

    event: CloudTrailEvent
    touches: tuple[Touch, ...]


class Routed(NamedTuple):
    """An event and a touch of one resource, by the key that the resource is known under."""

    event: CloudTrailEvent
    touch: Touch


class RoutedEventCoder(beam.coders.Coder):
    """Write the record and its place; reading routes again, cheaper than to write what routing found."""

    def encode(self, value: RoutedEvent) -> bytes:
        """Return the bytes of an element."""
        return msgspec.msgpack.encode(_event(value.event))

    def decode(self, encoded: bytes) -> RoutedEvent:
        """Read an element."""
        event = _read_event(msgspec.msgpack.decode(encoded))
        return RoutedEvent(event, route(event))

    def is_deterministic(self) -> bool:
        """Say yes: the bytes are those of the record."""
        return True


class RoutedCoder(beam.coders.Coder):
    """Write the record, its place and the touch, which need not be one that the record itself names."""

    def encode(self, value: Routed) -> bytes:
        """Return the bytes of an element."""
        event, touch = value
        change = touch.change
        changed = (change.time, change.rank, change.event_id, change.ops, bool(change.cause))
        return msgspec.msgpack.encode(
            (_event(event), str(touch.key), changed, touch.primary, touch.record, touch.withdrawn)
        )

    def decode(self, encoded: bytes) -> Routed:
        """Read an element."""
        parts, key, (time, rank, event_id, ops, told), *rest = msgspec.msgpack.decode(encoded)
        event = _read_event(parts)
        change = Change(time, rank, event_id, tuple(map(Op._make, ops)), event.raw if told else b"")
        return Routed(event, Touch(ResourceKey.parse(key), change, *rest))

    def is_deterministic(self) -> bool:
        """Say yes: the bytes are those of the record and of what it does."""
        return True


def _event(event: CloudTrailEvent) -> tuple[Any, ...]:
    place = event.place
    return event.raw, place and (place.topic, place.partition, place.offset)


def _read_event(parts: Any) -> CloudTrailEvent:
    raw, place = parts
    return parse_event(raw, place and RecordPlace(*place))


beam.coders.registry.register_coder(RoutedEvent, RoutedEventCoder)
beam.coders.registry.register_coder(Routed, RoutedCoder)
