"""A drift record as a row of `schemas/drift.avsc`: typed columns, documents as JSON text."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.drift.record import Drift

_encode = msgspec.json.Encoder().encode


def drift_row(drift: Drift) -> tuple[dict[str, Any], int, str]:
    """Return the row, the event time in epoch milliseconds and the account it belongs to."""
    record = drift.cause.record
    row = {
        "service": drift.service,
        "event": drift.event,
        "resource": drift.target.name,
        "changes": _encode(drift.changes).decode(),
        "user": drift.actor.name,
        "timestamp": drift.time,
        "id": drift.id,
        "target": msgspec.structs.asdict(drift.target),
        "actor": msgspec.structs.asdict(drift.actor),
        "before": _encode(drift.before).decode(),
        "after": _encode(drift.after).decode(),
        "flags": list(drift.flags),
        "event_id": record.event_id,
        "region": record.region,
        "request_id": record.request_id,
    }
    return row, drift.time, drift.target.account
