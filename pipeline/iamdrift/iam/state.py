"""What is kept of one resource between events, and its bytes.

The bytes are an Avro single-object encoding (Avro specification, "Single-object encoding"): two marker bytes, the
CRC-64-AVRO fingerprint of the writer's schema, the datum. The schema is the union of the three records in
`schemas/state.avsc`, so that the fingerprint stands for the base and the log inside the state too. A job that was
upgraded finds an old schema by its fingerprint and reads old state through Avro's schema resolution.
"""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from itertools import chain, dropwhile
from typing import Any, NamedTuple

import fastavro
import msgspec
from fastavro.schema import parse_schema

from iamdrift.errors import StateError
from iamdrift.iam.avro_binary import long, single_object_header, sized, string, strings
from iamdrift.iam.change import Change, Op
from iamdrift.iam.fold import Step, fold
from iamdrift.iam.snapshot import Collection, Snapshot
from iamdrift.resources import schema

_HEADER = 2 + 8 + 1
NEVER = -(2**62)  # before any event time

# Schemas that state may have been written with; the first is written today.
_SCHEMA_FILES = ("state.avsc",)
_EMPTY = b"\x00"  # an empty string, and the end of an array
# A union datum begins with the number of its branch; the state is the first.
_BRANCH = b"\x00"


class LogEntry(NamedTuple):
    """A change in the log, with its bytes: those of an entry do not change while it moves in the log."""

    change: Change
    data: bytes


class ResourceState(msgspec.Struct, frozen=True, gc=False):
    """What the changes so far come to (`head`), the base below the log, the log and the ids of recent events.

    Times are event times in epoch milliseconds. `base` is the bytes of a Snapshot, which most events need not read;
    `seen` 12-byte digests of event ids, oldest first. `head` is the log folded over the base, `settled` the same
    without the changes of the last second, whose order among themselves is not settled: neither is stored, because to
    write them would cost most of an event's time.
    """

    head: Snapshot
    settled: Snapshot
    head_time: int
    base: bytes
    base_time: int = NEVER
    log: tuple[LogEntry, ...] = ()
    seen: bytes = b""


def folded(base: Snapshot, log: tuple[LogEntry, ...]) -> tuple[Snapshot, Snapshot]:
    """Return `settled` and `head` of a log over a base."""
    if not log:
        return base, base
    steps = fold(base, [entry.change for entry in log])
    return settled_in(steps), steps[-1].after


def settled_in(steps: list[Step]) -> Snapshot:
    """Return the snapshot before the last second of a fold."""
    last = steps[-1].change.time
    return next(dropwhile(lambda step: step.change.time < last, steps)).before


@cache
def unseen(kind: str) -> ResourceState:
    """Return the state of a resource that no event has named yet."""
    nothing = Snapshot(kind)
    return ResourceState(nothing, nothing, NEVER, encode_snapshot(nothing))


class _Schemas(NamedTuple):
    """The three records of a state schema, parsed, and the bytes in front of a state written with them."""

    header: bytes
    state: Any
    snapshot: Any
    entry: Any


@cache
def _known() -> dict[bytes, _Schemas]:
    found = {}
    for name in _SCHEMA_FILES:
        union = json.loads(schema(name))
        header = single_object_header(union) + _BRANCH
        found[header] = _Schemas(header, *map(parse_schema, union))
    return found


@cache
def _today() -> _Schemas:
    return next(iter(_known().values()))


def encode_state(state: ResourceState) -> bytes:
    """Return the bytes of a state, fingerprint in front."""
    log = [entry.data for entry in state.log]
    return b"".join(
        (
            _today().header,
            long(state.head_time),
            sized(state.base),
            long(state.base_time),
            long(sum(map(len, log))),
            *log,
            long(state.log[0].change.time if state.log else NEVER),
            sized(state.seen),
        )
    )


def decode_state(data: bytes) -> ResourceState:
    """Read the bytes of a state.

    Raises StateError when the fingerprint is not of a known schema or the bytes are damaged.
    """
    today = _today()
    written = today if data.startswith(today.header) else _known().get(data[:_HEADER])
    if written is None:
        mark = data[2 : _HEADER - 1].hex()
        raise StateError(f"stored state has the unknown schema fingerprint {mark}; a newer version wrote it")
    source = BytesIO(data)
    source.seek(_HEADER)
    try:
        datum = _read(source, written.state, today.state)
        base = decode_snapshot(datum["base"], written)
        log = _entries(datum["log"], written)
    except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
        raise StateError(f"stored state is damaged: {error}") from error
    settled, head = folded(base, log)
    base_bytes = datum["base"] if written is today else encode_snapshot(base)
    return ResourceState(head, settled, datum["head_time"], base_bytes, datum["base_time"], log, datum["seen"])


def _read(source: BytesIO, written: Any, wanted: Any) -> Any:
    return fastavro.schemaless_reader(source, written, None if written is wanted else wanted)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the bytes of a snapshot, as the base keeps it."""
    out = BytesIO()
    fastavro.schemaless_writer(out, _today().snapshot, _snapshot_datum(snapshot))
    return out.getvalue()


def decode_snapshot(data: bytes, written: _Schemas | None = None) -> Snapshot:
    """Read the bytes of a snapshot."""
    today = _today()
    written = written or today
    return _snapshot(_read(BytesIO(data), written.snapshot, today.snapshot), written)


def log_entry(change: Change) -> LogEntry:
    """Return a change as an entry of the log."""
    time, rank, event_id, ops, cause = change
    parts = [long(time), long(rank), string(event_id)]
    if ops:
        parts.append(long(4 * len(ops)))
    for code, attribute, element, value in ops:
        parts += (strings(code, attribute), string(element) if element else _EMPTY, string(value) if value else _EMPTY)
    parts += (_EMPTY, long(len(cause)), cause)
    return LogEntry(change, b"".join(parts))


def _entries(log: bytes, written: _Schemas) -> tuple[LogEntry, ...]:
    """Read all entries of a log. Those of an older schema get today's bytes."""
    source, end, wanted = BytesIO(log), len(log), _today()
    entries = []
    start = 0
    while start < end:
        datum = _read(source, written.entry, wanted.entry)
        flat = iter(datum["ops"])
        ops = tuple(map(Op._make, zip(flat, flat, flat, flat, strict=True)))
        change = Change(datum["time"], datum["rank"], datum["event_id"], ops, datum["cause"])
        after = source.tell()
        entries.append(LogEntry(change, log[start:after]) if written is wanted else log_entry(change))
        start = after
    return tuple(entries)


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
        "last": encode_snapshot(snapshot.last) if snapshot.last else b"",
    }


def _snapshot(datum: dict[str, Any], written: _Schemas) -> Snapshot:
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
        decode_snapshot(datum["last"], written) if datum["last"] else None,
    )
