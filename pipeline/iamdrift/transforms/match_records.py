"""Plain CloudTrail records to alerts, by rules of source `aws_cloudtrail`; nothing is remembered between records."""

from __future__ import annotations

import apache_beam as beam

from iamdrift import metrics
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.falco.alert import Alert
from iamdrift.falco.fields.trail import trail_event
from iamdrift.rule_files import Rules


class MatchRecords(beam.DoFn):
    """The list of a batch's events in, Alert out."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self._tally = metrics.Tally()

    def setup(self) -> None:
        """Compile the rules."""
        self._compiled = self._rules.compiled()

    def process(self, element: list[CloudTrailEvent]) -> list[Alert]:
        """Give every alert that the events raise."""
        events = (one for event in element if (one := trail_event(event)) is not None)
        alerts = [alert for event in events for alert in self._compiled.match_record(event)]
        if alerts:
            self._tally.add(metrics.ALERTS, len(alerts))
        return alerts

    def finish_bundle(self) -> None:
        """Give the counts to Beam."""
        self._tally.flush()
