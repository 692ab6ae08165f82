"""Folding changes over a snapshot, in the order they must have happened in.

Event times have whole seconds, and one second often holds several changes of a resource. Inside it the order is the
one that the calls' preconditions allow: a resource is created while it is absent, changed while it is there, loses what
it has, and goes when it is empty. Where they allow several, rank decides (change.py); two changes that contradict each
other and may have come either way are ambiguous, and say so.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from iamdrift.iam.attributes import EMPTIED_FIRST, RENAMABLE
from iamdrift.iam.change import DELETE, DROP, GIVE, LEARN, PUT, RENAME, SET, TAKE, Change, Op
from iamdrift.iam.snapshot import Snapshot, apply


class Step(NamedTuple):
    """One change in its place, with the snapshots right before and after it."""

    change: Change
    before: Snapshot
    after: Snapshot
    ambiguous: bool = False


def fold(base: Snapshot, changes: list[Change]) -> list[Step]:
    """Fold changes, which are sorted by time, over a base."""
    steps: list[Step] = []
    snapshot = base
    for _, same in groupby(changes, key=_time):
        second = list(same)
        if len(second) == 1:
            before, snapshot = snapshot, apply(snapshot, second[0])
            steps.append(Step(second[0], before, snapshot))
        else:
            steps += _second(snapshot, second)
            snapshot = steps[-1].after
    return steps


def _time(change: Change) -> int:
    return change.time


def _second(snapshot: Snapshot, changes: list[Change]) -> list[Step]:
    """Order the changes of one second: always the first by rank that is possible now."""
    waiting = sorted(changes, key=lambda change: change[:3])
    unsure = _contradictions(snapshot, waiting)
    renames = any(op.code == RENAME for one in waiting for op in one.ops)
    steps = []
    while waiting:
        ready = [one for one in waiting if not _after_another(one, waiting)] if renames else waiting
        change = next((one for one in ready if _possible(one, snapshot)), (ready or waiting)[0])
        waiting.remove(change)
        before, snapshot = snapshot, apply(snapshot, change)
        steps.append(Step(change, before, snapshot, change.event_id in unsure))
    return steps


def _possible(change: Change, snapshot: Snapshot) -> bool:
    if change.only_teaches:
        return True
    if change.creates:
        return snapshot.exists is not True
    if snapshot.exists is False:
        return False
    for op in change.ops:
        if op.code == DROP and not _may_have(snapshot, op):
            return False
        if op.code == GIVE and snapshot.scalar(op.attribute):
            return False
        if op.code == TAKE and snapshot.scalar(op.attribute) == "":
            return False
        if op.code == SET and op.attribute == "name" and not _has_name(snapshot, change):
            return False
        if op.code == DELETE and any(snapshot.collection(name).items for name in EMPTIED_FIRST[snapshot.kind]):
            return False
    return True


def _has_name(snapshot: Snapshot, change: Change) -> bool:
    """Say whether what a change renames may have the name that the call used."""
    held = snapshot.scalar("name") if snapshot.kind in RENAMABLE else None
    used = next((op.value for op in change.ops if op.code == LEARN and op.attribute == "name"), "")
    return not held or held.casefold() == used.casefold()


def _after_another(change: Change, waiting: list[Change]) -> bool:
    """Say whether a change uses a new name that another of its second gives, or takes an old name others still use."""
    for other in waiting:
        if other is change:
            continue
        for op in change.ops:
            for theirs in other.ops:
                if op.attribute != theirs.attribute:
                    continue
                if theirs.code == RENAME and theirs.value == op.element:
                    return True
                if op.code == RENAME and theirs.code != RENAME and theirs.element == op.element:
                    return True
    return False


def _may_have(snapshot: Snapshot, op: Op) -> bool:
    held = snapshot.collection(op.attribute)
    return op.element in held.items or not (held.complete or op.element in held.absent)


def _contradictions(snapshot: Snapshot, changes: list[Change]) -> set[str]:
    """Find the events that write the same thing differently, in an order that nothing tells."""
    written: dict[tuple[str, str], tuple[Op, str]] = {}
    unsure: set[str] = set()
    for change in changes:
        for op in change.ops:
            if op.code == LEARN or not op.attribute:
                continue
            earlier, event_id = written.setdefault((op.attribute, op.element), (op, change.event_id))
            if event_id == change.event_id or earlier == op:
                continue
            if RENAME in (earlier.code, op.code) or (op.attribute == "name" and snapshot.kind in RENAMABLE):
                continue  # a name is used only while it is one
            if {earlier.code, op.code} == {PUT, DROP} and not _may_have(snapshot, op):
                continue  # what was not there must have been put before it was dropped
            if {earlier.code, op.code} == {GIVE, TAKE} and snapshot.scalar(op.attribute) is not None:
                continue  # whether it had a value says which came first
            unsure |= {event_id, change.event_id}
    return unsure
