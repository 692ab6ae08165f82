"""What is kept of one resource between events, and its bytes.

The bytes are an Avro single-object encoding (Avro specification, "Single-object encoding"): two marker bytes, the
CRC-64-AVRO fingerprint of the writer's schema, the datum. A job that was upgraded finds the old schema by its
fingerprint among `schemas/state*.avsc` and reads old state through Avro's schema resolution.
"""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from itertools import chain
from typing import Any

import fastavro
import msgspec
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

from iamdrift.errors import StateError
from iamdrift.iam.change import Change, Op
from iamdrift.iam.snapshot import Collection, Snapshot
from iamdrift.resources import schema

_MARKER = b"\xc3\x01"
_HEADER = len(_MARKER) + 8
NEVER = -(2**62)  # before any event time

# Schemas that state may have been written with; the first is written today.
_SCHEMA_FILES = ("state.avsc",)


class ResourceState(msgspec.Struct, frozen=True, gc=False):
    """The snapshot now (`head`), the base below the log, the log and the ids of recent events.

    Times are event times in epoch milliseconds; `base`, `log` and `seen` are bytes, because most events need neither
    to be read: `base` is one Snapshot ("" before anything was folded into it), `log` one LogEntry after the other,
    `seen` 12-byte digests of event ids, oldest first.
    """

    head: Snapshot
    head_time: int = NEVER
    base: bytes = b""
    base_time: int = NEVER
    log: bytes = b""
    log_start: int = NEVER
    seen: bytes = b""


@cache
def _schemas() -> dict[bytes, Any]:
    found = {}
    for name in _SCHEMA_FILES:
        parsed = parse_schema(json.loads(schema(name)))
        mark = fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO")
        found[_MARKER + bytes.fromhex(mark)] = parsed
    return found


@cache
def _written_today() -> tuple[bytes, Any]:
    return next(iter(_schemas().items()))


@cache
def _snapshot_schema() -> Any:
    return parse_schema(json.loads(schema(_SCHEMA_FILES[0]))["fields"][0]["type"])


@cache
def _entry_schema() -> Any:
    return parse_schema(json.loads(schema("log_entry.avsc")))


def encode_state(state: ResourceState) -> bytes:
    """Return the bytes of a state, fingerprint in front."""
    header, parsed = _written_today()
    out = BytesIO()
    out.write(header)
    fastavro.schemaless_writer(
        out,
        parsed,
        {
            "head": _snapshot_datum(state.head),
            "head_time": state.head_time,
            "base": state.base,
            "base_time": state.base_time,
            "log": state.log,
            "log_start": state.log_start,
            "seen": state.seen,
        },
    )
    return out.getvalue()


def decode_state(data: bytes) -> ResourceState:
    """Read the bytes of a state.

    Raises StateError when the fingerprint is not of a known schema or the bytes are damaged.
    """
    header, today = _written_today()
    written = today if data.startswith(header) else _schemas().get(data[:_HEADER])
    if written is None:
        mark = data[2:_HEADER].hex()
        raise StateError(f"stored state has the unknown schema fingerprint {mark}; a newer version wrote it")
    source = BytesIO(data)
    source.seek(_HEADER)
    try:
        datum: Any = fastavro.schemaless_reader(source, written, None if written is today else today)
    except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
        raise StateError(f"stored state is damaged: {error}") from error
    datum["head"] = _snapshot(datum["head"])
    return ResourceState(**datum)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the bytes of a snapshot, as the base keeps it."""
    out = BytesIO()
    fastavro.schemaless_writer(out, _snapshot_schema(), _snapshot_datum(snapshot))
    return out.getvalue()


def decode_snapshot(data: bytes) -> Snapshot:
    """Read the bytes of a snapshot."""
    datum: Any = fastavro.schemaless_reader(BytesIO(data), _snapshot_schema(), None)
    return _snapshot(datum)


def encode_change(change: Change) -> bytes:
    """Return the bytes of a log entry."""
    out = BytesIO()
    time, rank, event_id, ops = change
    flat = [text for op in ops for text in op]
    fastavro.schemaless_writer(out, _entry_schema(), {"time": time, "rank": rank, "event_id": event_id, "ops": flat})
    return out.getvalue()


def decode_changes(log: bytes) -> list[Change]:
    """Read all entries of a log."""
    return [change for change, _ in decode_entries(log)]


def decode_entries(log: bytes) -> list[tuple[Change, bytes]]:
    """Read all entries of a log, each with its own bytes."""
    source, end = BytesIO(log), len(log)
    entries = []
    start = 0
    while start < end:
        datum: Any = fastavro.schemaless_reader(source, _entry_schema(), None)
        flat = iter(datum["ops"])
        ops = tuple(map(Op._make, zip(flat, flat, flat, flat, strict=True)))
        after = source.tell()
        entries.append((Change(datum["time"], datum["rank"], datum["event_id"], ops), log[start:after]))
        start = after
    return entries


def _snapshot_datum(snapshot: Snapshot) -> dict[str, Any]:
    collections = snapshot.collections
    return {
        "kind": snapshot.kind,
        "name": snapshot.name,
        "exists": -1 if snapshot.exists is None else int(snapshot.exists),
        "arn": snapshot.arn,
        "unique_id": snapshot.unique_id,
        "generation": snapshot.generation,
        "scalars": snapshot.scalars,
        "items": {name: [*chain(*held.items.items())] for name, held in collections.items()},
        "absent": {name: list(held.absent) for name, held in collections.items() if held.absent},
        "complete": [name for name, held in collections.items() if held.complete],
        "written": snapshot.written,
    }


def _snapshot(datum: dict[str, Any]) -> Snapshot:
    exists, absent, complete = datum["exists"], datum["absent"], datum["complete"]
    collections = {}
    for name, flat in datum["items"].items():
        pairs = iter(flat)
        items = dict(zip(pairs, pairs, strict=True))
        collections[name] = Collection(items, frozenset(absent.get(name, ())), name in complete)
    return Snapshot(
        datum["kind"],
        datum["name"],
        None if exists < 0 else bool(exists),
        datum["arn"],
        datum["unique_id"],
        datum["generation"],
        datum["scalars"],
        collections,
        datum["written"],
    )
