"""A drift record as one line of JSON: in full, as on the drift topic, or the six keys of `--format log`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from iamdrift.cloudtrail.actor import Actor
from iamdrift.drift.origin import Origin
from iamdrift.drift.record import Drift, Target
from iamdrift.iam.attempt import error_of


class _Wire(msgspec.Struct, gc=False):
    """The record as written; the first six keys are the contract of `--format log`."""

    service: str
    event: str
    resource: str
    changes: dict[str, dict[str, Any]]
    user: str
    timestamp: str
    id: str
    target: Target
    actor: Actor
    origin: Origin
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    attached_to: tuple[str, ...]
    flags: tuple[str, ...]
    record: str
    recreated: dict[str, dict[str, Any]] | None
    error: str | None
    error_message: str | None
    event_id: str | None
    region: str | None
    request_id: str | None


class _LogLine(msgspec.Struct, gc=False):
    service: str
    event: str
    resource: str
    changes: dict[str, dict[str, Any]]
    user: str
    timestamp: str


_encode = msgspec.json.Encoder().encode


def drift_json(drift: Drift) -> bytes:
    """Return the whole record as compact JSON, as `schemas/drift.avsc` describes it."""
    record = drift.cause.record
    return _encode(
        _Wire(
            drift.service,
            drift.event,
            drift.target.name,
            drift.changes,
            drift.actor.name,
            timestamp(drift),
            drift.id,
            drift.target,
            drift.actor,
            drift.origin,
            drift.before,
            drift.after,
            drift.attached_to,
            drift.flags,
            drift.record,
            drift.recreated,
            error_of(drift.cause) or None,
            record.error_message,
            record.event_id,
            record.region,
            record.request_id,
        )
    )


def log_line(drift: Drift) -> bytes:
    """Return the six keys of the short form as compact JSON."""
    return _encode(
        _LogLine(drift.service, drift.event, drift.target.name, drift.changes, drift.actor.name, timestamp(drift))
    )


def timestamp(drift: Drift) -> str:
    """Return the event time as `YYYY-MM-DDTHH:MM:SSZ`."""
    written = drift.cause.record.event_time
    if len(written) == 20 and written[10] == "T" and written[19] == "Z":
        return written
    return datetime.fromtimestamp(drift.time / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
