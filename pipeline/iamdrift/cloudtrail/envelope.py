"""The envelopes that CloudTrail records travel in, recognised by their members, never by configuration.

Claimed: bare records, CloudTrail's own S3 files, EventBridge events, CloudWatch Logs subscriptions, Filebeat and
Elastic Agent, Fluent Bit and Fluentd, LookupEvents and its pollers; gzip and base64 of gzip anywhere. Vector, SNS and
SQS carriers, Kinesis and Kafka Connect wrappers come out of the same table but were not checked on real ones.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from iamdrift.errors import RecordError

Raw = msgspec.Raw
_MAX_DEPTH = 6
_MAX_BYTES = 256 * 1024 * 1024
_ABSENT = Raw()
_GZIP, _GZIP_BASE64 = b"\x1f\x8b", b"H4sI"
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found in a message: a record's bytes, or the reason to skip it, or the error it is."""

    raw: bytes
    skip: str = ""
    error: RecordError | None = None


class _Probe(msgspec.Struct, frozen=True, gc=False):
    """The members that tell envelopes apart."""

    event_source: Raw = msgspec.field(name="eventSource", default=_ABSENT)
    event_name: Raw = msgspec.field(name="eventName", default=_ABSENT)
    records: Raw = msgspec.field(name="Records", default=_ABSENT)
    lower_records: Raw = msgspec.field(name="records", default=_ABSENT)
    detail: Raw = _ABSENT
    message_type: Raw = msgspec.field(name="messageType", default=_ABSENT)
    log_events: Raw = msgspec.field(name="logEvents", default=_ABSENT)
    event: Raw = _ABSENT
    message: Raw = _ABSENT
    sns_message: Raw = msgspec.field(name="Message", default=_ABSENT)
    log: Raw = _ABSENT
    cloudtrail_event: Raw = msgspec.field(name="CloudTrailEvent", default=_ABSENT)
    events: Raw = msgspec.field(name="Events", default=_ABSENT)
    payload: Raw = _ABSENT
    data: Raw = _ABSENT
    kinesis: Raw = _ABSENT
    body: Raw = _ABSENT
    digest: Raw = msgspec.field(name="digestS3Object", default=_ABSENT)
    s3_bucket: Raw = msgspec.field(name="s3Bucket", default=_ABSENT)
    s3: Raw = _ABSENT
    class_uid: Raw = _ABSENT


_probe = msgspec.json.Decoder(_Probe)
_list = msgspec.json.Decoder(list[Raw])
_text = msgspec.json.Decoder(str)
_object = msgspec.json.Decoder(dict[str, Raw])

# Where the next layer is, in the order of trying: member of the probe, member inside it ("" = itself).
_INNER = (
    ("detail", ""),
    ("cloudtrail_event", ""),
    ("event", "original"),
    ("message", ""),
    ("log", ""),
    ("sns_message", ""),
    ("payload", ""),
    ("data", ""),
    ("kinesis", "data"),
    ("body", ""),
)
_MANY = ("records", "lower_records", "log_events", "events")


def unwrap(value: bytes | None) -> Iterator[Found]:
    """Find the records in a message; anything that is none is given with the reason. Never raises."""
    if value is None:
        yield Found(b"", skip="tombstone")
        return
    yield from _unwrap(value, 0)


def _unwrap(value: bytes, depth: int) -> Iterator[Found]:
    if depth > _MAX_DEPTH:
        yield _bad(value, f"nested more than {_MAX_DEPTH} envelopes deep")
        return
    try:
        plain = _plain(value)
        probe = _probe.decode(plain)
    except (RecordError, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        yield from _not_one_object(value, error, depth)
        return
    yield from _open(plain, probe, depth)


def _open(plain: bytes, probe: _Probe, depth: int) -> Iterator[Found]:
    if len(probe.event_name) and len(probe.event_source):
        source = bytes(probe.event_source)
        if source.startswith(b'"aws:'):
            yield (Found(plain, skip="pointer") if len(probe.s3) else _bad(plain, "an AWS notification, no record"))
        else:
            yield Found(plain)
        return
    if len(probe.digest):
        yield Found(plain, skip="digest")
        return
    if bytes(probe.message_type) == b'"CONTROL_MESSAGE"':
        yield Found(plain, skip="control-message")
        return
    if len(probe.s3_bucket) or len(probe.s3):
        yield Found(plain, skip="pointer")
        return
    if len(probe.class_uid):
        yield _bad(plain, "an OCSF event; iamdrift reads CloudTrail records, so send those instead")
        return
    for member in _MANY:
        if len(raw := getattr(probe, member)):
            yield from _each(bytes(raw), depth)
            return
    for member, inside in _INNER:
        raw = getattr(probe, member)
        if len(raw) and (inner := _inner(bytes(raw), inside)) is not None:
            yield from _unwrap(inner, depth + 1)
            return
    yield _bad(plain, "JSON, but neither a CloudTrail record nor an envelope of one")


def _each(raw: bytes, depth: int) -> Iterator[Found]:
    try:
        members = _list.decode(raw)
    except msgspec.DecodeError:
        yield _bad(raw, "Records is not a list")
        return
    for member in members:
        yield from _unwrap(bytes(member), depth + 1)


def _inner(raw: bytes, inside: str) -> bytes | None:
    """Return the bytes of the next layer: an object as it is, a text as its content; None when there is none."""
    try:
        if inside:
            found = _object.decode(raw).get(inside)
            if found is None:
                return None
            raw = bytes(found)
        first = raw[:1]
        if first == b'"':
            text = _text.decode(raw).encode()
            start = text.lstrip(_SPACE)
            if start[:1] in (b"{", b"[") or start.startswith(_GZIP_BASE64):
                return text
            return _from_base64(text)
        return raw if first == b"{" else None
    except (msgspec.DecodeError, UnicodeError):
        return None


def _from_base64(text: bytes) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if data[:1] == b"{" or data[:2] == _GZIP else None


def _plain(value: bytes) -> bytes:
    """Take gzip and base64 of gzip off. Raises RecordError when it is damaged or too large."""
    value = value.lstrip(_SPACE).removeprefix(b"\xef\xbb\xbf")
    if value.startswith(_GZIP_BASE64):
        try:
            value = base64.b64decode(value)
        except (binascii.Error, ValueError) as error:
            raise RecordError(f"damaged base64: {error}") from error
    if not value.startswith(_GZIP):
        return value
    try:
        # Several gzip members may stand one after the other.
        parts, size, rest = [], 0, value
        while rest:
            unzip = zlib.decompressobj(wbits=31)
            parts.append(unzip.decompress(rest, _MAX_BYTES - size + 1))
            size += len(parts[-1])
            if size > _MAX_BYTES:
                raise RecordError(f"gzip of more than {_MAX_BYTES >> 20} MiB")
            if not unzip.eof:
                raise RecordError("gzip ends early")
            rest = unzip.unused_data
    except zlib.error as error:
        raise RecordError(f"damaged gzip: {error}") from error
    return b"".join(parts)


def _not_one_object(value: bytes, error: Exception, depth: int) -> Iterator[Found]:
    """Handle what is no single object: several lines of JSON, or a list, or something we cannot read."""
    try:
        plain = _plain(value)
    except RecordError as damaged:
        yield Found(value, error=damaged)
        return
    start = plain[:1]
    if start == b"[":
        yield from _each(plain, depth)
        return
    if start == b'"' and (inner := _inner(plain, "")) is not None:
        yield from _unwrap(inner, depth + 1)
        return
    lines = [line for line in plain.splitlines() if line.strip()] if start == b"{" else []
    if len(lines) > 1 and all(line.lstrip()[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in lines):
        for line in lines:
            yield from _unwrap(line, depth + 1)
        return
    yield _bad(value, f"not JSON: {error}" if not isinstance(error, RecordError) else error.message)


def _bad(raw: bytes, message: str) -> Found:
    return Found(raw, error=RecordError(message))
