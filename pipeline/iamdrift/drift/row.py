"""A drift record as a row of `schemas/drift.avsc`: typed values in its order, documents as JSON text."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.drift.record import Drift
from iamdrift.iam.attempt import error_of

_encode = msgspec.json.Encoder().encode
_values = msgspec.structs.astuple


def drift_row(drift: Drift) -> tuple[tuple[Any, ...], int, str]:
    """Return the row, the event time in epoch milliseconds and the account it belongs to."""
    record, target, actor = drift.cause.record, drift.target, drift.actor
    row = (
        drift.service,
        drift.event,
        target.name,
        _encode(drift.changes),
        actor.name,
        drift.time,
        drift.id,
        _values(target),
        _values(actor),
        _values(drift.origin),
        _encode(drift.before),
        _encode(drift.after),
        drift.attached_to,
        drift.flags,
        drift.record,
        None if drift.recreated is None else _encode(drift.recreated),
        error_of(drift.cause) or None,
        record.error_message,
        record.event_id,
        record.region,
        record.request_id,
    )
    return row, drift.time, target.account
