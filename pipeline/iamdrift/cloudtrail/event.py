"""A CloudTrail record as a typed value, parsed only as far as it is asked for.

The members that every step needs are typed; the three large ones (identity, request, response) stay raw JSON until
somebody reads them. Field names are those of the CloudTrail record reference, in snake case.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from iamdrift.errors import RecordError, RecordPlace

_NULL = msgspec.Raw(b"null")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One CloudTrail record; raw members hold JSON text (`null` where the record has none)."""

    source: str = msgspec.field(name="eventSource")
    name: str = msgspec.field(name="eventName")
    event_time: str = msgspec.field(name="eventTime")
    event_id: str | None = msgspec.field(name="eventID", default=None)
    event_type: str | None = msgspec.field(name="eventType", default=None)
    recipient_account: str | None = msgspec.field(name="recipientAccountId", default=None)
    region: str | None = msgspec.field(name="awsRegion", default=None)
    request_id: str | None = msgspec.field(name="requestID", default=None)
    source_ip: str | None = msgspec.field(name="sourceIPAddress", default=None)
    user_agent: str | None = msgspec.field(name="userAgent", default=None)
    read_only: bool | None = msgspec.field(name="readOnly", default=None)
    error_code: str | None = msgspec.field(name="errorCode", default=None)
    error_message: str | None = msgspec.field(name="errorMessage", default=None)
    console: bool | str | None = msgspec.field(name="sessionCredentialFromConsole", default=None)
    identity: msgspec.Raw = msgspec.field(name="userIdentity", default=_NULL)
    request: msgspec.Raw = msgspec.field(name="requestParameters", default=_NULL)
    response: msgspec.Raw = msgspec.field(name="responseElements", default=_NULL)


class CloudTrailEvent(msgspec.Struct, frozen=True, gc=False):
    """A record with its own bytes, its time (milliseconds since the epoch, UTC) and where it was read."""

    raw: bytes
    record: Record
    time: int
    place: RecordPlace | None = None

    def request(self) -> dict[str, Any]:
        """Return `requestParameters` as a mapping; empty where the record has none."""
        return _mapping(self.record.request)

    def response(self) -> dict[str, Any]:
        """Return `responseElements` as a mapping; empty where the record has none."""
        return _mapping(self.record.response)


_record = msgspec.json.Decoder(Record)
_any = msgspec.json.Decoder()


def parse_event(raw: bytes, place: RecordPlace | None = None) -> CloudTrailEvent:
    """Parse one CloudTrail record.

    Raises RecordError when the bytes are not a JSON object with `eventSource`, `eventName` and a readable `eventTime`.
    """
    try:
        record = _record.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"not a CloudTrail record: {error}") from error
    return CloudTrailEvent(raw, record, event_time(record.event_time), place)


@lru_cache(maxsize=1024)
def event_time(text: str) -> int:
    """Read `eventTime` (`YYYY-MM-DDTHH:MM:SSZ`, or a normalised copy without zone) as epoch milliseconds.

    Raises RecordError when it is no time.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordError(f"eventTime {text!r} is not a time") from error
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return int(time.timestamp() * 1000)


def _mapping(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        value = _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"not a CloudTrail record: {error}") from error
    return value if isinstance(value, dict) else {}
