"""The change algebra: what an event does to one resource, as a list of small operations.

An operation is one of: `create`, `delete`, `learn` (arn, unique_id, name), `set` an attribute, `give` it a value when
it had none, `take` the value it had, `reset` a collection to empty, `forget` what is known of an attribute, `put` an
element, `drop` an element that was there, `discard` one that may have been, `copy` an attribute from an element of
another collection (whose name is then the value), `rename` an element, or a value, that is the name of another
resource (`element` is the old name, `value` the new, "" where it stands there no longer), `stale`: an unknown call may
have changed anything, `present` and `absent`: a failed call proved that it is there, or not.
"""

from __future__ import annotations

from typing import NamedTuple

CREATE = "create"
DELETE = "delete"
LEARN = "learn"
SET = "set"
GIVE = "give"
TAKE = "take"
RESET = "reset"
FORGET = "forget"
PUT = "put"
DROP = "drop"
DISCARD = "discard"
COPY = "copy"
RENAME = "rename"
STALE = "stale"
PRESENT = "present"
ABSENT = "absent"


class Op(NamedTuple):
    """One operation; `element` names the member of a collection, `value` is text ("" = none)."""

    code: str
    attribute: str = ""
    element: str = ""
    value: str = ""


# Inside one second the order of delivery says nothing. Where more than one order is possible (fold.py), a resource is
# made before it is filled, filled before it is emptied, and emptied before it goes.
_RANK = {CREATE: 0, DROP: 2, DISCARD: 2, TAKE: 2, DELETE: 3, PRESENT: 4, ABSENT: 4}


class Change(NamedTuple):
    """What one event did to one resource; `time` in epoch milliseconds, `event_id` the identity of the event.

    `cause` is the record itself where drift is told of it, so that it can be told again when an earlier event comes
    late; it is empty for what only follows from an event.
    """

    time: int
    rank: int
    event_id: str
    ops: tuple[Op, ...]
    cause: bytes = b""

    @property
    def only_teaches(self) -> bool:
        """Whether this is what a failed call proved, which changes nothing."""
        return self.rank == 4

    @property
    def renames_others(self) -> bool:
        """Whether this is what the rename of another resource is on one that names it."""
        return self.ops[0].code == RENAME

    @property
    def creates(self) -> bool:
        """Whether the resource comes to be by this change."""
        return self.rank == 0

    @property
    def deletes(self) -> bool:
        """Whether the resource goes by this change."""
        return self.rank == 3

    @classmethod
    def of(cls, time: int, event_id: str, ops: tuple[Op, ...], cause: bytes = b"") -> Change:
        """Make a change; its rank is that of its most telling operation."""
        for op in ops:
            if op[0] != LEARN:
                return cls(time, _RANK.get(op[0], 1), event_id, ops, cause)
        return cls(time, 1, event_id, ops, cause)
