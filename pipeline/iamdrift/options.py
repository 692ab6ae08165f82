"""From settings to a job: sources, rules and outputs that the graph is built of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamdrift.config import Kafka, Settings
from iamdrift.errors import ConfigError
from iamdrift.falco.rules import RuleFile
from iamdrift.graph import Job
from iamdrift.io.file_source import ReadFiles, find_files
from iamdrift.io.kafka_clients import KafkaSettings
from iamdrift.io.kafka_reader import missing_topics
from iamdrift.io.kafka_source import KafkaSource, ReadKafka
from iamdrift.io.snapshot_store import Bootstrap
from iamdrift.io.snapshot_topic import SnapshotTopic
from iamdrift.rule_files import rule_files
from iamdrift.transforms.write import Outputs

_STARTS = ("earliest", "latest", "committed")


def job_of(settings: Settings, *, until_end: bool | None = None, render: Callable[[Any], bytes] | None = None) -> Job:
    """Make the job that reads and writes Kafka. Raises ConfigError or RuleError."""
    kafka, output = kafka_settings(settings.kafka), settings.output
    if missing := missing_topics(kafka, list(output_topics(settings))):
        raise ConfigError(f"no topic {', '.join(missing)}; `iamdrift topics create` makes the topics of a job")
    source = KafkaSource(
        kafka,
        settings.input.topics,
        settings.input.group or None,
        _start(settings.input.start),
        settings.input.until_end if until_end is None else until_end,
    )
    snapshots = None
    if output.snapshots_topic:
        writer = f"iamdrift.{output.snapshots_topic}.{settings.input.group}"
        snapshots = SnapshotTopic(kafka, output.snapshots_topic, writer)
    outputs = Outputs(
        kafka=kafka,
        drift_topic=output.drift_topic,
        alerts_topic=output.alerts_topic,
        dead_letter_topic=output.dead_letter_topic,
        snapshots_topic=snapshots,
        parquet=output.parquet,
        render=render,
    )
    bootstrap = None
    if settings.input.bootstrap_from_snapshots:
        if snapshots is None:
            raise ConfigError("input.bootstrap_from_snapshots needs output.snapshots_topic: the topic to start from")
        bootstrap = Bootstrap(snapshots)
    return _job(settings, ReadKafka(source), outputs, bootstrap)


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
    outputs = Outputs(parquet=parquet or "", snapshots=snapshots, render=render)
    return _job(settings, ReadFiles(find_files(paths)), outputs)


def _job(settings: Settings, source: Any, outputs: Outputs, bootstrap: Bootstrap | None = None) -> Job:
    lateness = int(settings.track.lateness_minutes * 60_000)
    return Job(source, _rules(settings), outputs, lateness, settings.rules.matching, bootstrap)


def _rules(settings: Settings) -> tuple[RuleFile, ...]:
    return rule_files(settings.rules.files, bundled=settings.rules.bundled)


def kafka_settings(kafka: Kafka) -> KafkaSettings:
    """Return how to reach the cluster, as the Kafka clients take it."""
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
