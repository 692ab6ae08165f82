"""Offsets are committed one checkpoint behind what was finalized."""

from __future__ import annotations

from iamdrift.io.commit_behind import CommitBehind


def test_one_checkpoint_behind() -> None:
    """Bundles finalized together are of one checkpoint; they count when the next is complete."""
    behind = CommitBehind()
    calls = [(10.0, 100), (10.1, 150), (10.2, 120), (12.0, 200), (12.1, 260), (14.0, 260), (16.0, 260)]
    assert [behind.committable("a", offset, now) for now, offset in calls] == [0, 0, 0, 150, 150, 260, 260]


def test_partitions_are_apart() -> None:
    """What one partition has finalized says nothing of another."""
    behind = CommitBehind()
    assert [behind.committable("a", 5, 1.0), behind.committable("b", 7, 3.0), behind.committable("a", 6, 5.0)] == [
        0,
        0,
        5,
    ]
