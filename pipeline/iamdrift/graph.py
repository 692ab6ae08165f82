"""The whole pipeline on one screen: read, decode, route, alias, track, match, write."""

from __future__ import annotations

from dataclasses import dataclass

import apache_beam as beam

from iamdrift.iam.arrival import DEFAULT_LATENESS
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.rule_files import Rules
from iamdrift.transforms.alias import Alias
from iamdrift.transforms.decode import Decode
from iamdrift.transforms.match import Match
from iamdrift.transforms.match_records import MatchRecords
from iamdrift.transforms.route import Route
from iamdrift.transforms.routed import Routed, RoutedEvent
from iamdrift.transforms.tags import DEAD, NAMES, PLAIN, SNAPSHOTS
from iamdrift.transforms.track import Track
from iamdrift.transforms.write import Outputs, write_alerts, write_dead, write_drift, write_snapshots


@dataclass(frozen=True, slots=True)
class Job:
    """What a job does: a source of RawBatch elements, rules, how much disorder it heals (ms), where results go.

    `bootstrap` is a snapshots topic to start from; without one nothing is known at the start.
    """

    source: beam.PTransform
    rules: Rules
    outputs: Outputs
    lateness: int = DEFAULT_LATENESS
    bootstrap: Bootstrap | None = None


def build(pipeline: beam.Pipeline, job: Job) -> None:
    """Lay the graph of a job into a pipeline.

    Each step's dead letters are written beside it, not flattened: a flatten of several inputs would cut the stage in
    two on the local runner, and offsets would be committed before the sinks have written.
    """
    raw = pipeline | "read" >> job.source
    decoded = raw | "decode" >> beam.ParDo(Decode(job.rules)).with_outputs(DEAD, PLAIN, main="events")
    routed = decoded.events | "route" >> beam.ParDo(Route()).with_output_types(tuple[bytes, RoutedEvent]).with_outputs(
        DEAD, main="events"
    )
    aliased = routed.events | "alias" >> beam.ParDo(
        Alias(job.lateness, names=bool(job.outputs.snapshots_topic), bootstrap=job.bootstrap)
    ).with_output_types(tuple[bytes, Routed]).with_outputs(DEAD, NAMES, main="touches")
    snapshots = bool(job.outputs.snapshots or job.outputs.snapshots_topic)
    tracked = aliased.touches | "track" >> beam.ParDo(
        Track(job.lateness, snapshots=snapshots, bootstrap=job.bootstrap)
    ).with_outputs(DEAD, SNAPSHOTS, main="drift")
    drift = write_drift(tracked.drift, job.outputs)
    alerts = drift | "match" >> beam.ParDo(Match(job.rules))
    write_alerts(alerts, "alerts", job.outputs)
    write_snapshots(tracked[SNAPSHOTS], aliased[NAMES], job.outputs)
    for step, outputs in (("decode", decoded), ("route", routed), ("alias", aliased), ("track", tracked)):
        write_dead(outputs[DEAD], step, job.outputs)
    record_alerts = decoded[PLAIN] | "match records" >> beam.ParDo(MatchRecords(job.rules))
    write_alerts(record_alerts, "record alerts", job.outputs)
