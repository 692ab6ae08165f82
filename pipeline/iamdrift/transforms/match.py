"""Drift to alerts, by Falco rules."""

from __future__ import annotations

from functools import lru_cache

import apache_beam as beam

from iamdrift import metrics
from iamdrift.drift.record import Drift
from iamdrift.falco.alert import Alert
from iamdrift.falco.engine import RuleSet
from iamdrift.falco.rules import RuleFile


@lru_cache(maxsize=4)
def _compiled(files: tuple[RuleFile, ...], matching: str) -> RuleSet:
    """Compile rules once in a process: a runner may hold this step many times over."""
    return RuleSet.of(files, matching=matching)


class Match(beam.DoFn):
    """Drift in, Alert out. Carries the text of the rule files, so that workers need no files; compiles them once."""

    def __init__(self, files: tuple[RuleFile, ...], matching: str) -> None:
        super().__init__()
        self._files = files
        self._matching = matching
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Compile the rules."""
        self._rules = _compiled(self._files, self._matching)

    def process(self, element: Drift) -> list[Alert]:
        """Give every alert the drift raises."""
        alerts = self._rules.match(element)
        if alerts:
            self._tally.add(metrics.ALERTS, len(alerts))
        return alerts

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
