"""A burst of denied calls: one caller is denied many different calls within minutes, as somebody who tries them is."""

from __future__ import annotations

from typing import Any

from iamdrift.iam.snapshot import Snapshot

ATTRIBUTE = "denied_calls"
# So many different calls, in milliseconds of event time.
CALLS = 5
WINDOW = 10 * 60_000


def burst_between(before: Snapshot, after: Snapshot, time: int) -> dict[str, dict[str, Any]]:
    """Return what a denied call at a time changes: the calls of a burst where it is the one that makes it."""
    was, now = (_recent(snapshot, time) for snapshot in (before, after))
    return {ATTRIBUTE: {"added": now, "removed": []}} if len(was) < CALLS <= len(now) else {}


def _recent(snapshot: Snapshot, time: int) -> list[str]:
    items = snapshot.collection(ATTRIBUTE).items
    return sorted(name for name, when in items.items() if when and time - WINDOW <= int(when) <= time)
