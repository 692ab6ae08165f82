"""Where results go: Kafka topics, Parquet folders, a file of snapshots, and this process's own output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.drift.row import drift_row
from iamdrift.drift.snapshot_json import names_json, snapshot_json
from iamdrift.falco.alert import Alert
from iamdrift.falco.row import alert_row
from iamdrift.iam.aliases import Aliases
from iamdrift.iam.kept import Kept
from iamdrift.iam.key import ResourceKey
from iamdrift.io.http_sink import WriteHttp
from iamdrift.io.http_target import HttpTarget
from iamdrift.io.kafka_clients import KafkaSettings
from iamdrift.io.kafka_sink import WriteKafka
from iamdrift.io.message import Message
from iamdrift.io.parquet import WriteParquet
from iamdrift.io.snapshot_file import WriteSnapshots
from iamdrift.io.snapshot_topic import STATE_HEADER, SnapshotTopic, WriteSnapshotTopic

Render = Callable[[Drift | Alert | DeadLetter], bytes]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write; None or "" means nowhere.

    `render` turns a result into lines for standard output ("" = not shown), which is for jobs of one process.
    """

    kafka: KafkaSettings | None = None
    drift_topic: str = ""
    alerts_topic: str = ""
    dead_letter_topic: str = ""
    parquet: str = ""
    http: tuple[HttpTarget, ...] = ()
    snapshots: str | None = None
    snapshots_topic: SnapshotTopic | None = None
    render: Render | None = None


def write_drift(drift: Any, outputs: Outputs) -> Any:
    """Write drift records; returns them for the next step, so that a drift is shown before the alerts it raises."""
    _to_kafka(drift, "drift to Kafka", _drift_message, outputs, outputs.drift_topic)
    if outputs.parquet:
        drift | "drift to Parquet" >> beam.ParDo(WriteParquet(outputs.parquet, "drift", "drift.avsc", drift_row))
    return _to_output(drift, "drift shown", outputs)


def write_alerts(alerts: Any, label: str, outputs: Outputs) -> None:
    """Write alerts."""
    _to_kafka(alerts, f"{label} to Kafka", _alert_message, outputs, outputs.alerts_topic)
    _to_output(alerts, f"{label} shown", outputs)
    if outputs.http:
        alerts | f"{label} to HTTP" >> beam.ParDo(WriteHttp(outputs.http))
    if outputs.parquet:
        alerts | f"{label} to Parquet" >> beam.ParDo(WriteParquet(outputs.parquet, "alerts", "alert.avsc", alert_row))


def write_dead(dead: Any, step: str, outputs: Outputs) -> None:
    """Write the dead letters of a step."""
    topic = outputs.dead_letter_topic
    _to_kafka(dead, f"{step} dead letters to Kafka", _dead_message, outputs, topic)
    _to_output(dead, f"{step} dead letters shown", outputs)


def write_snapshots(snapshots: Any, names: Any, outputs: Outputs) -> None:
    """Write the last snapshot of every resource into a file, and that and the names of accounts into a topic."""
    if outputs.snapshots is not None:
        snapshots | "snapshots to file" >> beam.ParDo(WriteSnapshots(outputs.snapshots, kept_line))
    if outputs.snapshots_topic is not None:
        for label, kept in (("snapshots", snapshots), ("names", names)):
            kept | f"{label} to Kafka" >> beam.ParDo(WriteSnapshotTopic(outputs.snapshots_topic, _kept_message))


def _to_kafka(results: Any, label: str, to_message: Callable[[Any], Message], outputs: Outputs, topic: str) -> None:
    if outputs.kafka and topic:
        results | label >> beam.ParDo(WriteKafka(outputs.kafka, topic, to_message))


def _to_output(results: Any, label: str, outputs: Outputs) -> Any:
    return results | label >> beam.ParDo(_Show(outputs.render)) if outputs.render else results


class _Show(beam.DoFn):
    def __init__(self, render: Render) -> None:
        super().__init__()
        self._render = render

    def process(self, element: Drift | Alert | DeadLetter) -> Iterator[Drift | Alert | DeadLetter]:
        if line := self._render(element):
            sys.stdout.buffer.write(line + b"\n")
        yield element

    def finish_bundle(self) -> None:
        sys.stdout.buffer.flush()


def _drift_message(drift: Drift) -> Message:
    return Message(drift.target.key.encode(), drift_json(drift), (("id", drift.id.encode()),))


def _alert_message(alert: Alert) -> Message:
    return Message(alert.key.encode(), alert.to_json(), (("id", alert.id.encode()),))


def kept_line(kept: Kept) -> bytes | None:
    """Return what is kept of a key as JSON; None where nothing is known any more."""
    state = kept.state
    if isinstance(state, Aliases):
        return names_json(kept.key.decode(), state)
    return snapshot_json(ResourceKey.parse(kept.key.decode()), state.head) if state.head.says_anything else None


def _kept_message(kept: Kept) -> Message:
    line = kept_line(kept)
    return Message(kept.key, line, () if line is None else ((STATE_HEADER, kept.portable()),))


def _dead_message(letter: DeadLetter) -> Message:
    return Message(None, letter.to_json())
