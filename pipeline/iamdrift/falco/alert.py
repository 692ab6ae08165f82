"""An alert, and its JSON as the Falco engine writes it: one line, keys sorted, time with nine digits."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

HOSTNAME = "iamdrift"
_encode = msgspec.json.Encoder(order="sorted").encode


class Alert(msgspec.Struct, frozen=True):
    """What a rule says of an event; `time` in epoch milliseconds, `key` the resource key, `message` without prefix."""

    id: str
    key: str
    account: str
    rule: str
    priority: str
    source: str
    tags: tuple[str, ...]
    message: str
    fields: dict[str, Any]
    time: int

    def to_json(self) -> bytes:
        """Return Falco's JSON. `alert.id` in the output fields is the same whenever the same event is replayed."""
        time = f"{_second(self.time // 1000)}.{self.time % 1000:03d}000000"
        return _encode(
            {
                "hostname": HOSTNAME,
                "output": f"{time}+0000: {self.priority} {self.message}",
                "output_fields": {
                    **self.fields,
                    "alert.id": self.id,
                    "evt.time.iso8601": self.time * 1_000_000,
                },
                "priority": self.priority,
                "rule": self.rule,
                "source": self.source,
                "tags": self.tags,
                "time": f"{time}Z",
            }
        )


@lru_cache(maxsize=256)
def _second(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def alert_id(rule: str, event_id: str) -> str:
    """Return the id of an alert: the same rule on the same event always has the same."""
    return sha256(f"{rule}\n{event_id}".encode()).hexdigest()[:32]
