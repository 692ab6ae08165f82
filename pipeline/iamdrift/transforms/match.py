"""Drift to alerts, by Falco rules."""

from __future__ import annotations

import apache_beam as beam

from iamdrift import metrics
from iamdrift.drift.record import Drift
from iamdrift.falco.alert import Alert
from iamdrift.rule_files import Rules


class Match(beam.DoFn):
    """Drift in, Alert out."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Compile the rules."""
        self._compiled = self._rules.compiled()

    def process(self, element: Drift) -> list[Alert]:
        """Give every alert the drift raises."""
        alerts = self._compiled.match(element)
        if alerts:
            self._tally.add(metrics.ALERTS, len(alerts))
        return alerts

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
