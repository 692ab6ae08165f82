"""The stateful step: one cell of bytes a resource, read once, folded by the pure core, written when it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.transforms.window import GlobalWindows

from iamdrift import metrics
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.track import DUPLICATE, NO_CHANGE, track
from iamdrift.errors import IamdriftError
from iamdrift.iam.arrival import CORRECTION, DEFAULT_LATENESS, LATE
from iamdrift.iam.kept import Kept
from iamdrift.iam.recent import recent_states
from iamdrift.iam.route import ATTEMPT, BURST, CHANGE, UNMODELLED
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.transforms import beam_state
from iamdrift.transforms.routed import Routed
from iamdrift.transforms.tags import DEAD, SNAPSHOTS

# So many touches wait for each other in a bundle.
_TOGETHER = 512
_TOLD = {
    CHANGE: metrics.DRIFT,
    CORRECTION: metrics.CORRECTIONS,
    ATTEMPT: metrics.ATTEMPTS,
    UNMODELLED: metrics.UNMODELLED,
    BURST: metrics.BURSTS,
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
        """Reach state the quick way."""
        beam_state.install()
        self._recent = recent_states()
        self._store = self._bootstrap.store() if self._bootstrap else None

    def start_bundle(self) -> None:
        """Begin with nothing waiting."""
        self._waiting: list[tuple[bytes, Routed, Any]] = []

    def process(
        self,
        element: tuple[bytes, Routed],
        cell: Any = beam.DoFn.StateParam(CELL),
        timestamp: Any = beam.DoFn.TimestampParam,
    ) -> Iterator[Any]:
        """Take one touch of a resource; where state is far, many wait for each other and are read together."""
        key, routed = element
        if not beam_state.read_ahead(cell) and not self._waiting:
            yield from self._track(key, routed, cell)
            return
        self._waiting.append((key, routed, cell))
        self._timestamp = timestamp
        if len(self._waiting) >= _TOGETHER:
            yield from self._tracked()

    def _tracked(self) -> Iterator[Any]:
        waiting, self._waiting = self._waiting, []
        for key, routed, cell in waiting:
            yield from self._track(key, routed, cell)

    def _track(self, key: bytes, routed: Routed, cell: Any) -> Iterator[Any]:
        """Take one touch into the state of its resource."""
        event, touch = routed
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

    def finish_bundle(self) -> Iterator[Any]:
        """Take what waits, and give the counts to Beam."""
        for one in self._tracked():
            if isinstance(one, beam.pvalue.TaggedOutput):
                yield beam.pvalue.TaggedOutput(one.tag, GlobalWindows.windowed_value(one.value, self._timestamp))
            else:
                yield GlobalWindows.windowed_value(one, self._timestamp)
        self._tally.flush()
