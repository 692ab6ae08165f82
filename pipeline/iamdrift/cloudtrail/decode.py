"""From the bytes of a message to the events in it: nothing is lost, everything is counted."""

from __future__ import annotations

import msgspec

from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.cloudtrail.envelope import unwrap
from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.errors import RecordError, RecordPlace


class Decoded(msgspec.Struct, gc=False):
    """What was in a message: `records` found = events + skipped (by reason) + dead letters.

    `tracked` are the events that may change a resource, `plain` those that a rule on plain records may match; `events`
    counts what is in either.
    """

    records: int = 0
    events: int = 0
    tracked: list[CloudTrailEvent] = []
    plain: list[CloudTrailEvent] = []
    skipped: dict[str, int] = {}
    dead: list[DeadLetter] = []

    def skip(self, reason: str) -> None:
        """Count a record that is not wanted."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def decode(value: bytes | None, relevant: Relevance, place: RecordPlace | None = None) -> Decoded:
    """Decode one message; never raises on its content."""
    decoded = Decoded()
    if value is not None and value.startswith(b'{"event') and (event := _bare(value, place)):
        decoded.records = 1
        _sort(event, relevant, decoded)
        return decoded
    for found in unwrap(value):
        decoded.records += 1
        if found.skip:
            decoded.skip(found.skip)
            continue
        try:
            if found.error:
                raise found.error
            event = parse_event(found.raw, place)
        except RecordError as error:
            decoded.dead.append(DeadLetter.of(found.raw, place, "decode", error))
            continue
        _sort(event, relevant, decoded)
    if not decoded.records:
        decoded.records = 1
        decoded.skip("empty")
    return decoded


def _bare(value: bytes, place: RecordPlace | None) -> CloudTrailEvent | None:
    """Read a message that begins as a bare record does; None when it is none after all."""
    try:
        event = parse_event(value, place)
    except RecordError:
        return None
    return None if event.record.source.startswith("aws:") else event


def _sort(event: CloudTrailEvent, relevant: Relevance, decoded: Decoded) -> None:
    reason = relevant.skip(event.record)
    if not reason:
        decoded.tracked.append(event)
    if relevant.wanted(event.record.source, event.record.name):
        decoded.plain.append(event)
    elif reason:
        decoded.skip(reason)
        return
    decoded.events += 1
