"""From the bytes of a message to the events in it: nothing is lost, everything is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.cloudtrail.envelope import unwrap
from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.errors import RecordError, RecordPlace


@dataclass(slots=True)
class Decoded:
    """What was in a message: `records` found = events + skipped (by reason) + dead letters."""

    records: int = 0
    events: list[CloudTrailEvent] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    dead: list[DeadLetter] = field(default_factory=list)


def decode(value: bytes | None, relevant: Relevance, place: RecordPlace | None = None) -> Decoded:
    """Decode one message; never raises on its content."""
    decoded = Decoded()
    for found in unwrap(value):
        decoded.records += 1
        if found.skip:
            decoded.skipped[found.skip] += 1
            continue
        try:
            if found.error:
                raise found.error
            event = parse_event(found.raw, place)
        except RecordError as error:
            decoded.dead.append(DeadLetter.of(found.raw, place, "decode", error))
            continue
        if reason := relevant.skip(event.record):
            decoded.skipped[reason] += 1
        else:
            decoded.events.append(event)
    if not decoded.records:
        decoded.records = decoded.skipped["empty"] = 1
    return decoded
