"""A CloudTrail record as rules of source `aws_cloudtrail` see it, read as Falco's cloudtrail plugin reads it."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent, event_time
from iamdrift.cloudtrail.plain_json import step_into, text_at
from iamdrift.errors import RecordError

_decode = msgspec.json.Decoder().decode


class TrailEvent(msgspec.Struct, frozen=True, gc=False):
    """A record: its bytes, its members, its time (milliseconds since the epoch) and its number, from 1."""

    raw: bytes
    body: dict[str, Any]
    time: int
    number: int = 1


def trail_event(event: CloudTrailEvent) -> TrailEvent | None:
    """Return a record for rules; None for one that the plugin leaves out: an Insight, or without an event type.

    Its number is its place in the partition or file, so that it is the same whenever the record is read again.
    """
    kind = event.record.event_type
    if kind is None or kind == "AwsCloudTrailInsight":
        return None
    return TrailEvent(event.raw, _decode(event.raw), event.time, event.place.offset + 1 if event.place else 1)


def read_trail_event(raw: bytes, number: int) -> TrailEvent | None:
    """Read a record by itself, whatever else it lacks; None where the plugin would leave it out."""
    try:
        body = _decode(raw)
        if not isinstance(body, dict) or not isinstance(body.get("eventType"), str):
            return None
        time = body.get("eventTime")
        if body["eventType"] == "AwsCloudTrailInsight" or not isinstance(time, str):
            return None
        return TrailEvent(raw, body, event_time(time), number)
    except (msgspec.DecodeError, UnicodeDecodeError, RecordError):
        return None


def member(event: TrailEvent, path: tuple[str, ...]) -> tuple[bool, Any]:
    """Return whether there is something at a path of a record, and it."""
    value: Any = event.body
    for key in path:
        found, value = step_into(value, key)
        if not found:
            return False, None
    return True, value


def text(event: TrailEvent, path: tuple[str, ...]) -> str | None:
    """Return the text at a path: "" for what is there but no text, as null; None for what is not there."""
    value: Any = event.body
    for key in path:
        if isinstance(value, dict):
            if key not in value:
                return None
            value = value[key]
        else:
            found, value = step_into(value, key)
            if not found:
                return None
    return c_string(value) if isinstance(value, str) else ""


def json_text(event: TrailEvent, path: tuple[str, ...]) -> str | None:
    """Return what is at a path as compact JSON text, null too; None for what is not there."""
    return text_at(event.raw, path) if member(event, path)[0] else None


def c_string(value: str) -> str:
    """Return a text as the engine, written in C++, holds it: up to its first NUL."""
    return value.partition("\0")[0] if "\0" in value else value
