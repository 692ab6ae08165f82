"""Which offset may be committed where a checkpoint's end is told to bundles that it does not hold.

When a checkpoint is complete, Beam's Flink runner finalizes all bundles that have ended (its InMemoryFinalizer), those
too that ended after the checkpoint's barrier: what they led to may still be on its way. A bundle that one checkpoint
finalized ended before the barrier of the next: when that is complete, all that it led to is written.
"""

from __future__ import annotations

import time
from typing import NamedTuple

# Bundles of one checkpoint are finalized one after the other; between two checkpoints lies a pause.
_PAUSE_SECONDS = 0.5


class _Finalized(NamedTuple):
    """The highest offset that one checkpoint finalized, that of the one before, and when the last call came."""

    offset: int
    before: int
    at: float


class CommitBehind:
    """Remembers what was finalized, for each partition; one checkpoint behind."""

    def __init__(self) -> None:
        self._finalized: dict[object, _Finalized] = {}

    def committable(self, partition: object, offset: int, now: float | None = None) -> int:
        """Take the offset of a finalized bundle; returns the highest that may be committed, 0 for none."""
        now = time.monotonic() if now is None else now
        last = self._finalized.get(partition, _Finalized(0, 0, float("-inf")))
        if now - last.at > _PAUSE_SECONDS:
            found = _Finalized(offset, last.offset, now)
        else:
            found = _Finalized(max(offset, last.offset), last.before, now)
        self._finalized[partition] = found
        return found.before
