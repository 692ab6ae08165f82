"""What a job keeps of a key, on its way out: to the snapshots topic, from where a new job can take it up again."""

from __future__ import annotations

from typing import NamedTuple

from iamdrift.iam.aliases import Aliases
from iamdrift.iam.change import Change
from iamdrift.iam.state import ResourceState, encode_snapshot, encode_state

# A state larger than this is kept without its log; Kafka takes messages up to a megabyte where nobody set otherwise.
_LARGE = 400_000


class Kept(NamedTuple):
    """The key and what is kept of it: the state of a resource, or the names of an account, with the stored bytes."""

    key: bytes
    state: ResourceState | Aliases
    stored: bytes

    def portable(self) -> bytes:
        """Return the stored bytes, of a large state those of its snapshot now, as if all changes were old."""
        state = self.state
        if len(self.stored) <= _LARGE or isinstance(state, Aliases):
            return self.stored
        head = state.head
        return encode_state(ResourceState(head, head, state.head_time, encode_snapshot(head), state.head_time))


def told_in(state: ResourceState) -> list[bytes]:
    """Return the records in the log of a state that drift was told of."""
    changes: list[Change] = [entry.change for entry in state.log]
    return [change.cause for change in changes if change.cause]
