"""The step before the keyed state: which resource the names in an event stood for (iam/aliases.py).

Keyed by account; only the few events on what can be renamed, and on permissions boundaries, touch the state.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import BagStateSpec, ReadModifyWriteStateSpec

from iamdrift import metrics
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.errors import IamdriftError
from iamdrift.iam.alias_state import decode_aliases, encode_aliases
from iamdrift.iam.aliases import Aliases, admit, needs_aliases
from iamdrift.iam.arrival import DEFAULT_LATENESS
from iamdrift.iam.kept import Kept
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.transforms.routed import Routed, RoutedEvent
from iamdrift.transforms.tags import DEAD, NAMES


class Alias(beam.DoFn):
    """`(account, RoutedEvent)` in, `(resource key, Routed)` out; DeadLetter on the side for state that is damaged."""

    ALIASES = ReadModifyWriteStateSpec("aliases", BytesCoder())
    RECENT = BagStateSpec("recent", BytesCoder())

    def __init__(
        self, lateness: int = DEFAULT_LATENESS, *, names: bool = False, bootstrap: Bootstrap | None = None
    ) -> None:
        super().__init__()
        self._lateness = lateness
        self._names = names
        self._bootstrap = bootstrap
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Read what another job left, where asked."""
        self._store = self._bootstrap.store() if self._bootstrap else None

    def process(
        self,
        element: tuple[bytes, RoutedEvent],
        cell: Any = beam.DoFn.StateParam(ALIASES),
        recent: Any = beam.DoFn.StateParam(RECENT),
    ) -> list[Any]:
        """Put an event on the resources its names stood for."""
        key, (event, touches) = element
        if not needs_aliases(touches):
            return [(str(touch.key).encode(), Routed(event, touch)) for touch in touches]
        try:
            stored = cell.read()
            if stored is None and self._store:
                stored = self._store.state(key)
                for raw in self._store.recent(key) if stored else ():
                    recent.add(raw)
                if stored:
                    cell.write(stored)
            aliases = decode_aliases(stored) if stored else Aliases()
            admitted = admit(aliases, recent.read, event, touches, self._lateness)
        except IamdriftError as error:
            self._tally.add(metrics.ALIAS_DEAD_LETTERS)
            return [beam.pvalue.TaggedOutput(DEAD, DeadLetter.of(event.raw, event.place, "alias", error))]
        if not admitted.touches:
            self._tally.add(metrics.DUPLICATES)
            return []
        outputs: list[Any] = []
        if admitted.aliases is not None:
            stored = encode_aliases(admitted.aliases)
            cell.write(stored)
            if self._names:
                outputs.append(beam.pvalue.TaggedOutput(NAMES, Kept(key, admitted.aliases, stored)))
        if admitted.recent is None:
            if admitted.remember:
                recent.add(event.raw)
        else:
            recent.clear()
            for raw in admitted.recent:
                recent.add(raw)
        outputs += [(str(touch.key).encode(), Routed(one, touch)) for one, touch in admitted.touches]
        return outputs

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
