"""From settings to a job: sources, rules and outputs that the graph is built of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from iamdrift.config import Settings
from iamdrift.errors import ConfigError
from iamdrift.graph import Job
from iamdrift.io.file_source import ReadFiles, find_files
from iamdrift.io.http_target import HttpTarget
from iamdrift.io.kafka_clients import KafkaSettings
from iamdrift.io.kafka_reader import missing_topics
from iamdrift.io.kafka_source import FLINK, KafkaSource, ReadKafka
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.io.snapshot_topic import SnapshotTopic
from iamdrift.rule_files import rules_of
from iamdrift.run_time import ReadThere
from iamdrift.transforms.write import Outputs

_STARTS = ("earliest", "latest", "committed")


def job_of(settings: Settings, *, until_end: bool | None = None, render: Callable[[Any], bytes] | None = None) -> Job:
    """Make the job that reads and writes Kafka on this machine. Raises ConfigError, RuleError and TransportError."""
    if until_end is not None:
        settings = replace(settings, input=replace(settings.input, until_end=until_end))
    _check(settings)
    return _kafka_job(lambda read: read(settings), source_of, render)


def flink_job(settings: Settings | None) -> Job:
    """Make the job that reads and writes Kafka on a Flink cluster.

    Without settings it is one for all: workers read their own when they start. Raises ConfigError, RuleError and
    TransportError.
    """
    if settings is None:
        return _kafka_job(ReadThere, flink_source_of)
    if settings.input.until_end:
        raise ConfigError("input.until_end is for jobs on one machine; a job on Flink runs until it is stopped")
    _check(settings)
    return _kafka_job(lambda read: read(settings), flink_source_of)


def _check(settings: Settings) -> None:
    names = [*settings.input.topics, *output_topics(settings)]
    if missing := missing_topics(kafka_of(settings), names):
        raise ConfigError(f"no topic {', '.join(missing)}; `iamdrift topics create` makes the topics of a job")


def _kafka_job(
    part: Callable[[Callable[[Settings], Any]], Any],
    source: Callable[[Settings], KafkaSource],
    render: Callable[[Any], bytes] | None = None,
) -> Job:
    """Make a job of parts of the settings, which `part` takes now or leaves to the worker."""
    on_flink = source is flink_source_of
    outputs = Outputs(
        kafka=part(kafka_of),
        drift_topic=part(attrgetter("output.drift_topic")),
        alerts_topic=part(attrgetter("output.alerts_topic")),
        dead_letter_topic=part(attrgetter("output.dead_letter_topic")),
        snapshots_topic=part(flink_snapshots_of if on_flink else snapshots_of),
        parquet=part(attrgetter("output.parquet")),
        http=part(http_of),
        render=render,
    )
    return Job(
        ReadKafka(part(source)),
        part(rules_of),
        outputs,
        part(lateness_of),
        part(flink_bootstrap_of if on_flink else bootstrap_of),
    )


def source_of(settings: Settings) -> KafkaSource:
    """Return what a job on one machine reads."""
    given = settings.input
    return KafkaSource(kafka_of(settings), given.topics, given.group or None, _start(given.start), given.until_end)


def flink_source_of(settings: Settings) -> KafkaSource:
    """Return what a job on Flink reads: in short calls, and committed one checkpoint behind."""
    return dataclasses.replace(source_of(settings), until_end=False, pace=FLINK, commit_behind=True)


def snapshots_of(settings: Settings) -> SnapshotTopic | None:
    """Return the snapshots topic of a job on one machine, with the job as its only writer."""
    topic = settings.output.snapshots_topic
    return SnapshotTopic(kafka_of(settings), topic, f"iamdrift.{topic}.{settings.input.group}") if topic else None


def flink_snapshots_of(settings: Settings) -> SnapshotTopic | None:
    """Return the snapshots topic of a job on Flink, where every worker writes."""
    topic = settings.output.snapshots_topic
    return SnapshotTopic(kafka_of(settings), topic) if topic else None


def bootstrap_of(settings: Settings) -> Bootstrap | None:
    """Return the topic that a job on one machine starts from, where asked."""
    target = _bootstrap_topic(settings, snapshots_of(settings))
    return Bootstrap(target) if target else None


def flink_bootstrap_of(settings: Settings) -> Bootstrap | None:
    """Return the topic that a job on Flink starts from, where asked; a worker process serves one job."""
    target = _bootstrap_topic(settings, flink_snapshots_of(settings))
    return Bootstrap(target, "flink") if target else None


def _bootstrap_topic(settings: Settings, topic: SnapshotTopic | None) -> SnapshotTopic | None:
    if not settings.input.bootstrap_from_snapshots:
        return None
    if topic is None:
        raise ConfigError("input.bootstrap_from_snapshots needs output.snapshots_topic: the topic to start from")
    return topic


def output_topics(settings: Settings) -> tuple[str, ...]:
    """Return the topics that a job writes."""
    output = settings.output
    topics = (output.drift_topic, output.alerts_topic, output.dead_letter_topic, output.snapshots_topic)
    return tuple(topic for topic in topics if topic)


def replay_job(
    settings: Settings,
    paths: Iterable[Path],
    *,
    parquet: str | None = None,
    snapshots: str | None = None,
    render: Callable[[Any], bytes] | None = None,
) -> Job:
    """Make the job that reads files and shows what it finds."""
    outputs = Outputs(parquet=parquet or "", http=http_of(settings), snapshots=snapshots, render=render)
    source = ReadFiles(find_files(paths))
    return Job(source, rules_of(settings), outputs, lateness_of(settings))


def http_of(settings: Settings) -> tuple[HttpTarget, ...]:
    """Return where alerts are posted. Raises ConfigError."""
    return tuple(HttpTarget.of(url) for url in settings.output.http)


def lateness_of(settings: Settings) -> int:
    """Return how much disorder is healed, in milliseconds."""
    return int(settings.track.lateness_minutes * 60_000)


def kafka_of(settings: Settings) -> KafkaSettings:
    """Return how to reach the cluster, as the Kafka clients take it."""
    kafka = settings.kafka
    version = tuple(int(part) for part in kafka.api_version.split(".")) if kafka.api_version else None
    return KafkaSettings(
        bootstrap_servers=kafka.bootstrap_servers,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism or None,
        sasl_username=kafka.sasl_username or None,
        sasl_password=kafka.sasl_password or None,
        ssl_cafile=kafka.ssl_cafile or None,
        ssl_certfile=kafka.ssl_certfile or None,
        ssl_keyfile=kafka.ssl_keyfile or None,
        ssl_password=kafka.ssl_password or None,
        ssl_check_hostname=kafka.ssl_check_hostname,
        api_version=version,
    )


def _start(text: str) -> str | int:
    if text in _STARTS:
        return text
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"input.start is {text!r}; it can be {', '.join(_STARTS)}, or an ISO 8601 time as 2026-11-24T08:00:00Z"
        ) from error
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
