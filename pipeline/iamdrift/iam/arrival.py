"""A change arrives at a resource: drop it when seen before, put it in its place in time, fold.

State is a base and the log of the changes of the last while. A change later than all others is applied to the head;
any other makes the log fold again over the base, so the order of arrival within that while does not matter. DESIGN
"State per key"; delivery of CloudTrail is out of order by up to ten minutes as measured.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from iamdrift.iam.change import CREATE, DELETE, LEARN, Change
from iamdrift.iam.snapshot import Snapshot, apply, proven
from iamdrift.iam.state import (
    ResourceState,
    decode_changes,
    decode_entries,
    decode_snapshot,
    encode_change,
    encode_snapshot,
)

DEFAULT_LATENESS = 20 * 60 * 1000
_DIGEST = 12
_SEEN_LIMIT = 1024 * _DIGEST

LATE = "late"
SUPERSEDED = "superseded"
GAP = "gap"


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What came of a change: the new state, the snapshots right before and after it, and order flags."""

    state: ResourceState
    before: Snapshot
    after: Snapshot
    flags: tuple[str, ...] = ()


def arrive(state: ResourceState, change: Change, lateness: int = DEFAULT_LATENESS) -> Arrival | None:
    """Take a change into a state; None when its event was taken before. `lateness` in milliseconds."""
    digest = blake2b(change.event_id.encode(), digest_size=_DIGEST).digest()
    if digest in state.seen:
        return None
    seen = (state.seen + digest)[-_SEEN_LIMIT:]
    if change.time > state.head_time:
        return _append(state, change, seen, lateness)
    if change.time >= state.base_time:
        return _insert(state, change, seen)
    return _too_late(state, change, seen)


def _append(state: ResourceState, change: Change, seen: bytes, lateness: int) -> Arrival:
    after = apply(state.head, change)
    new = ResourceState(
        after,
        change.time,
        state.base,
        state.base_time,
        state.log + encode_change(change),
        state.log_start if state.log else change.time,
        seen,
    )
    # Folding the old end of the log costs a read of all of it: done when at least half of it is old.
    if new.log_start < change.time - 2 * lateness:
        new = _compacted(new, change.time - lateness)
    return Arrival(new, proven(state.head, change), after, _gaps(state.head, change))


def _insert(state: ResourceState, change: Change, seen: bytes) -> Arrival:
    entries = sorted([*decode_entries(state.log), (change, encode_change(change))], key=_order)
    before = after = current = decode_snapshot(state.base)
    for one, _ in entries:
        previous, current = current, apply(current, one)
        if one is change:
            before, after = previous, current
    new = ResourceState(
        current,
        state.head_time,
        state.base,
        state.base_time,
        b"".join(data for _, data in entries),
        entries[0][0].time,
        seen,
    )
    late = () if entries[-1][0] is change else (LATE,)
    return Arrival(new, proven(before, change), after, (*_gaps(before, change), *late))


def _too_late(state: ResourceState, change: Change, seen: bytes) -> Arrival:
    """Take a change older than the base: it counts only for attributes that nothing later has written."""
    base = decode_snapshot(state.base)
    written = base.written
    born = written.get("exists", change.time)
    ops = tuple(
        op
        for op in change.ops
        if born <= change.time
        and op.code not in (CREATE, DELETE)
        and written.get(op.attribute, change.time) <= change.time
    )
    if all(op.code == LEARN for op in ops):
        alone = Snapshot(base.kind, base.name)
        new = msgspec.structs.replace(state, seen=seen)
        return Arrival(new, proven(alone, change), apply(alone, change), (LATE, SUPERSEDED))
    applied = change._replace(ops=ops)
    after = apply(base, applied)
    head = after
    for one in decode_changes(state.log):
        head = apply(head, one)
    new = msgspec.structs.replace(state, head=head, base=encode_snapshot(after), seen=seen)
    partly = (SUPERSEDED,) if len(ops) < len(change.ops) else ()
    return Arrival(new, proven(base, applied), after, (LATE, *partly))


def _compacted(state: ResourceState, horizon: int) -> ResourceState:
    """Fold the changes before the horizon into the base."""
    base, base_time = decode_snapshot(state.base), state.base_time
    kept = []
    # The log is in order: a change is appended when it is later than all, and any other makes it sorted anew.
    for change, data in decode_entries(state.log):
        if change.time < horizon:
            base, base_time = apply(base, change), change.time
        else:
            kept.append((change, data))
    return ResourceState(
        state.head,
        state.head_time,
        encode_snapshot(base),
        base_time,
        b"".join(data for _, data in kept),
        kept[0][0].time,
        state.seen,
    )


def _order(entry: tuple[Change, bytes]) -> tuple[int, int, str]:
    time, rank, event_id, _ = entry[0]
    return time, rank, event_id


def _gaps(before: Snapshot, change: Change) -> tuple[str, ...]:
    """Flag what only a missed event explains: made while it was there, or changed while it was not."""
    return (GAP,) if before.exists is change.creates else ()
