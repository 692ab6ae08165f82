"""An alert as a row of `schemas/alert.avsc`."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.falco.alert import HOSTNAME, Alert

_encode = msgspec.json.Encoder(order="sorted").encode


def alert_row(alert: Alert) -> tuple[dict[str, Any], int, str]:
    """Return the row, the event time in epoch milliseconds and the account it belongs to."""
    row = {
        "id": alert.id,
        "rule": alert.rule,
        "priority": alert.priority,
        "source": alert.source,
        "time": alert.time,
        "account": alert.account,
        "resource_key": alert.key,
        "output": alert.message,
        "output_fields": _encode(alert.fields).decode(),
        "tags": list(alert.tags),
        "hostname": HOSTNAME,
    }
    return row, alert.time, alert.account
