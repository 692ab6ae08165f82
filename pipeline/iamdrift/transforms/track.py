"""The stateful step: one cell of bytes a resource, read once, folded by the pure core, written when it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from iamdrift import metrics
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.track import DUPLICATE, NO_CHANGE, track
from iamdrift.errors import IamdriftError
from iamdrift.iam.arrival import CORRECTION, DEFAULT_LATENESS, LATE
from iamdrift.iam.kept import Kept
from iamdrift.iam.recent import RecentStates
from iamdrift.iam.route import ATTEMPT, CHANGE, UNMODELLED
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.transforms import state_cache
from iamdrift.transforms.routed import Routed
from iamdrift.transforms.tags import DEAD, SNAPSHOTS

_TOLD = {
    CHANGE: metrics.DRIFT,
    CORRECTION: metrics.CORRECTIONS,
    ATTEMPT: metrics.ATTEMPTS,
    UNMODELLED: metrics.UNMODELLED,
}


class Track(beam.DoFn):
    """`(key, Routed)` in, Drift out; snapshots on the side where asked, dead letters for what cannot be folded."""

    CELL = ReadModifyWriteStateSpec("resource", BytesCoder())

    def __init__(
        self, lateness: int = DEFAULT_LATENESS, *, snapshots: bool = False, bootstrap: Bootstrap | None = None
    ) -> None:
        super().__init__()
        self._lateness = lateness
        self._snapshots = snapshots
        self._bootstrap = bootstrap
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Keep Beam's cache from weighing state the slow way; remember what was decoded."""
        state_cache.install()
        self._recent = RecentStates()
        self._store = self._bootstrap.store() if self._bootstrap else None

    def process(self, element: tuple[bytes, Routed], cell: Any = beam.DoFn.StateParam(CELL)) -> Iterator[Any]:
        """Take one touch into the state of its resource."""
        key, (event, touch) = element
        add = self._tally.add
        try:
            stored: bytes | None = cell.read()
            if stored is None and self._store:
                stored = self._store.state(key)
            state = self._recent.decode(key, stored) if stored else None
            tracked = track(state, touch, event, self._lateness)
            if tracked.state is not None:
                new = self._recent.encode(key, tracked.state)
                cell.write(new)
                if self._snapshots:
                    yield beam.pvalue.TaggedOutput(SNAPSHOTS, Kept(key, tracked.state, new))
        except IamdriftError as error:
            add(metrics.TRACK_DEAD_LETTERS)
            yield beam.pvalue.TaggedOutput(DEAD, DeadLetter.of(event.raw, event.place, "track", error))
            return
        if tracked.outcome == DUPLICATE:
            add(metrics.DUPLICATES)
            return
        if tracked.outcome == NO_CHANGE:
            add(metrics.NO_CHANGE)
        for drift in tracked.drifts:
            add(_TOLD[CORRECTION if drift.replaces else drift.record])
            if LATE in drift.flags:
                add(metrics.LATE)
            yield drift

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
