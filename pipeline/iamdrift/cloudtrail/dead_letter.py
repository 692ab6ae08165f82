"""What could not be read or used, with its bytes and the reason."""

from __future__ import annotations

import base64
from hashlib import sha256

import msgspec

from iamdrift.errors import IamdriftError, RecordPlace

# Kafka refuses messages over 1 MiB unless told otherwise; base64 makes a third more of the payload.
_LIMIT = 700_000
_KEPT = 4096


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """Bytes, where they were read, the step that gave up, and why."""

    payload: bytes
    place: RecordPlace | None
    step: str
    error: str
    message: str

    @classmethod
    def of(cls, payload: bytes, place: RecordPlace | None, step: str, error: IamdriftError) -> DeadLetter:
        """Make the dead letter of an error."""
        return cls(payload, place, step, type(error).__name__, error.message)

    def to_json(self, limit: int = _LIMIT) -> bytes:
        """Return it as JSON; a payload over the limit (bytes) is cut to its start, with its size and SHA-256."""
        payload, extra = self.payload, {}
        if len(payload) > limit:
            extra = {"truncated": True, "size": len(payload), "sha256": sha256(payload).hexdigest()}
            payload = payload[:_KEPT]
        text: str | None
        try:
            text, packed = payload.decode(), None
        except UnicodeDecodeError:
            text, packed = None, base64.b64encode(payload).decode()
        place = self.place
        return msgspec.json.encode(
            {
                "payload": text,
                "payload_base64": packed,
                "topic": place.topic if place else None,
                "partition": place.partition if place else None,
                "offset": place.offset if place else None,
                "step": self.step,
                "error": self.error,
                "message": self.message,
                **extra,
            }
        )
