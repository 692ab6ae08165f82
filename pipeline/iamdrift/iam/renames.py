"""Renames: which resource a name stood for at a time.

Users, groups and server certificates can be renamed, and AWS keeps everything else of them. A renamed resource stays
under the key of its first known name; a name that a rename made free stands for somebody else from then on.
"""

from __future__ import annotations

import msgspec

from iamdrift.iam.attributes import RENAMABLE
from iamdrift.iam.change import SET
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.route import CHANGE, Touch


class Rename(msgspec.Struct, frozen=True, gc=False):
    """One rename; `time` in epoch milliseconds, the names as they were written."""

    kind: str
    time: int
    event_id: str
    old: str
    new: str


def rename_of(touch: Touch) -> Rename | None:
    """Return the rename that a touch is; None for any other."""
    change, kind = touch.change, touch.key.kind
    if kind not in RENAMABLE or not touch.primary or touch.record != CHANGE or change.creates:
        return None
    new = next((op.value for op in change.ops if op.code == SET and op.attribute == "name"), "")
    old = change.ops[0].value  # every touch begins with the name that the call used
    return Rename(kind, change.time, change.event_id, old, new) if new.casefold() not in ("", old.casefold()) else None


def in_order(renames: tuple[Rename, ...]) -> tuple[Rename, ...]:
    """Sort renames by time, and inside a second so that a name is taken before it is given on."""
    waiting = sorted(renames, key=lambda one: (one.time, one.event_id))
    ordered: list[Rename] = []
    while waiting:
        second = [one for one in waiting if one.time == waiting[0].time]
        given = {(one.kind, one.new.casefold()) for one in second}
        first = next((one for one in second if (one.kind, one.old.casefold()) not in given), second[0])
        waiting.remove(first)
        ordered.append(first)
    return tuple(ordered)


Identities = dict[tuple[str, str], str]


def identity(
    kind: str,
    name: str,
    time: int,
    renames: tuple[Rename, ...],
    settled: Identities,
    *,
    deletes: bool = False,
) -> str:
    """Return the name of the key that a (case-folded) name stood for at a time.

    `renames` are in order; `settled` holds what names stood for before the first of them. Inside the second of a rename
    a call by the old name came before it, to create it too, and one by the new name after it, but for one that deletes:
    more often a name is made free to be taken than taken to be made free.
    """
    at = dict(settled) if renames else settled
    for one in renames:
        if one.time > time:
            break
        if one.time == time and one.kind == kind and name == (one.new if deletes else one.old).casefold():
            break
        settle(one, at)
    return at.get((kind, name), name)


def settle(one: Rename, at: Identities) -> None:
    """Let names stand for what they do after a rename."""
    old, new = (one.kind, one.old.casefold()), (one.kind, one.new.casefold())
    at[new] = at.get(old, old[1])
    at[old] = _freed(one)


def is_settled(one: Rename, at: Identities) -> bool:
    """Say whether a rename is one of those that are settled."""
    return at.get((one.kind, one.old.casefold())) == _freed(one)


def _freed(one: Rename) -> str:
    return f"{one.old.casefold()}#{one.time // 1000}"


def placed(touches: tuple[Touch, ...], renames: tuple[Rename, ...], settled: Identities) -> tuple[Touch, ...]:
    """Return touches with the keys of the resources that their names stood for."""
    if not renames and not settled:
        return touches
    return tuple(
        touch._replace(key=_key_of(touch, renames, settled)) if touch.key.kind in RENAMABLE else touch
        for touch in touches
    )


def _key_of(touch: Touch, renames: tuple[Rename, ...], settled: Identities) -> ResourceKey:
    key, change = touch.key, touch.change
    name = identity(key.kind, key.name, change.time, renames, settled, deletes=change.deletes)
    return key if name == key.name else msgspec.structs.replace(key, name=name)
