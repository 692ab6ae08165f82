"""A change arrives at a resource: drop it when seen before, put it in its place in time, fold.

State is a base and the log of the changes of the last while. A change later than all others is applied to the head;
any other makes the log fold again over the base, so the order of arrival within that while does not matter. What was
told of later changes and was not so is told again: a correction. DESIGN "State per key"; delivery of CloudTrail is out
of order by up to ten minutes as measured.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from iamdrift.iam.change import LEARN, STALE, Change
from iamdrift.iam.fold import Step, fold
from iamdrift.iam.snapshot import Snapshot, apply, proven, pruned, superseded, touched
from iamdrift.iam.state import (
    NEVER,
    LogEntry,
    ResourceState,
    decode_snapshot,
    encode_snapshot,
    folded,
    log_entry,
    settled_in,
)

DEFAULT_LATENESS = 20 * 60 * 1000
_DIGEST = 12
_SEEN_LIMIT = 1024 * _DIGEST

LATE = "late"
SUPERSEDED = "superseded"
GAP = "gap"
AMBIGUOUS = "order_ambiguous"
CORRECTION = "correction"


class Told(msgspec.Struct, frozen=True, gc=False):
    """What is to be told of a change: the snapshots right before and after it, and order flags."""

    change: Change
    before: Snapshot
    after: Snapshot
    flags: tuple[str, ...] = ()


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What came of a change: the new state, what it did, and what later changes did after all.

    `corrections` are pairs of what was told before and what is told now.
    """

    state: ResourceState
    told: Told
    corrections: tuple[tuple[Told, Told], ...] = ()


def arrive(state: ResourceState, change: Change, lateness: int = DEFAULT_LATENESS) -> Arrival | None:
    """Take a change into a state; None when its event was taken before. `lateness` in milliseconds."""
    digest = _digest(change.event_id)
    if digest in state.seen:
        return None
    seen = (state.seen + digest)[-_SEEN_LIMIT:]
    if not change.ops:
        return Arrival(msgspec.structs.replace(state, seen=seen), Told(change, state.head, state.head))
    if change.time > state.head_time:
        return _append(state, change, seen, lateness)
    if change.time >= state.base_time:
        return _insert(state, change, seen)
    return _too_late(state, change, seen)


def _append(state: ResourceState, change: Change, seen: bytes, lateness: int) -> Arrival:
    after = apply(state.head, change)
    new = ResourceState(
        after,
        state.head,
        change.time,
        state.base,
        state.base_time,
        (*state.log, log_entry(change)),
        seen,
    )
    # Folding the old end of the log costs a fold of all of it: done when at least half of it is old.
    if new.log[0].change.time < change.time - 2 * lateness:
        new = _compacted(new, change.time - lateness)
    return Arrival(new, _told(Step(change, state.head, after)))


def _insert(state: ResourceState, change: Change, seen: bytes) -> Arrival | None:
    if any(entry.change.event_id == change.event_id for entry in state.log):
        return None  # older than the ids that are remembered, and still in the log
    log = tuple(sorted((*state.log, log_entry(change)), key=_order))
    # In the last second nothing before it is other than it was.
    recent = change.time == state.head_time
    since = change.time if recent else NEVER
    below = state.settled if recent else decode_snapshot(state.base)
    old, new = (
        fold(below, [entry.change for entry in entries if entry.change.time >= since]) for entries in (state.log, log)
    )
    (told,) = (_told(step) for step in new if step.change is change)
    if new[-1].change is not change:
        told = msgspec.structs.replace(told, flags=(*told.flags, LATE))
    settled = below if recent else settled_in(new)
    after = ResourceState(new[-1].after, settled, state.head_time, state.base, state.base_time, log, seen)
    return Arrival(after, told, _corrections(old, new, change.time))


def withdraw(state: ResourceState, change: Change) -> Arrival | None:
    """Take a change out again that belongs to another resource; None when it is not in the log."""
    kept = tuple(entry for entry in state.log if entry.change.event_id != change.event_id)
    if len(kept) == len(state.log):
        return None
    base = decode_snapshot(state.base)
    old, new = (fold(base, [entry.change for entry in log]) for log in (state.log, kept))
    (was,) = (step for step in old if step.change.event_id == change.event_id)
    settled, head = folded(base, kept)
    digests = [state.seen[at : at + _DIGEST] for at in range(0, len(state.seen), _DIGEST)]
    seen = b"".join(digest for digest in digests if digest != _digest(change.event_id))
    head_time = kept[-1].change.time if kept else state.base_time
    after = ResourceState(head, settled, head_time, state.base, state.base_time, kept, seen)
    return Arrival(after, _told(was), _corrections(old, new, change.time))


def _digest(event_id: str) -> bytes:
    return blake2b(event_id.encode(), digest_size=_DIGEST).digest()


def _corrections(old: list[Step], new: list[Step], since: int) -> tuple[tuple[Told, Told], ...]:
    """Find the changes of which something else is true now than was told."""
    before = {step.change.event_id: step for step in old if step.change.time >= since}
    found = []
    for step in new:
        was = before.get(step.change.event_id)
        if was is None or not step.change.cause or _looks_the_same(was, step):
            continue
        now = _told(step)
        found.append((_told(was), msgspec.structs.replace(now, flags=(*now.flags, CORRECTION))))
    return tuple(found)


def _looks_the_same(one: Step, other: Step) -> bool:
    """Compare what a drift record shows of two steps of the same change."""
    if one.ambiguous is not other.ambiguous:
        return False
    names = touched(one.change, one.before.kind)
    return all(_view(a, names) == _view(b, names) for a, b in ((one.before, other.before), (one.after, other.after)))


def _view(snapshot: Snapshot, names: tuple[str, ...]) -> tuple[object, ...]:
    return (
        snapshot.exists,
        snapshot.name,
        snapshot.arn,
        snapshot.unique_id,
        snapshot.generation,
        STALE in snapshot.written,
        snapshot.last,
        snapshot.reach(),
        *((snapshot.scalar(name), snapshot.collection(name)) for name in names),
    )


def _told(step: Step) -> Told:
    change, before = step.change, step.before
    flags: tuple[str, ...] = ()
    if before.exists is change.creates and not change.only_teaches:
        flags = (GAP,)
    if STALE in before.written and not change.creates:
        flags = (*flags, STALE)
    if step.ambiguous:
        flags = (*flags, AMBIGUOUS)
    return Told(change, proven(before, change), step.after, flags)


def _too_late(state: ResourceState, change: Change, seen: bytes) -> Arrival:
    """Take a change older than the base: it counts only for what nothing later has written."""
    base = decode_snapshot(state.base)
    ops = tuple(op for op in change.ops if op.code == LEARN or not superseded(op, change.time, base))
    if all(op.code == LEARN for op in ops):
        alone = Snapshot(base.kind, base.name)
        told = Told(change, proven(alone, change), apply(alone, change), (LATE, SUPERSEDED))
        return Arrival(msgspec.structs.replace(state, seen=seen), told)
    applied = change._replace(ops=ops)
    after = apply(base, applied)
    settled, head = folded(after, state.log)
    new = msgspec.structs.replace(state, head=head, settled=settled, base=encode_snapshot(after), seen=seen)
    partly = (SUPERSEDED,) if len(ops) < len(change.ops) else ()
    return Arrival(new, Told(change, proven(base, applied), after, (LATE, *partly)))


def _compacted(state: ResourceState, horizon: int) -> ResourceState:
    """Fold the changes before the horizon into the base."""
    # The log is in order: a change is appended when it is later than all, and any other makes it sorted anew.
    old = [entry.change for entry in state.log if entry.change.time < horizon]
    kept = state.log[len(old) :]
    base = pruned(fold(decode_snapshot(state.base), old)[-1].after)
    settled, head = folded(base, kept)
    return ResourceState(head, settled, state.head_time, encode_snapshot(base), old[-1].time, kept, state.seen)


def _order(entry: LogEntry) -> tuple[int, int, str]:
    return entry.change[:3]
