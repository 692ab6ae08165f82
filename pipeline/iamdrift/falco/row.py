"""An alert as a row of `schemas/alert.avsc`, values in its order."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.falco.alert import Alert

_encode = msgspec.json.Encoder(order="sorted").encode


def alert_row(alert: Alert) -> tuple[tuple[Any, ...], int, str]:
    """Return the row, the event time in epoch milliseconds and the account it belongs to."""
    row = (
        alert.id,
        alert.rule,
        alert.priority,
        alert.source,
        alert.time,
        alert.account,
        alert.key,
        alert.message,
        _encode(alert.fields),
        alert.tags,
        alert.format.hostname,
    )
    return row, alert.time, alert.account
