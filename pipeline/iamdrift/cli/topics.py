"""`iamdrift topics create`: the Kafka topics a job reads and writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamdrift.cli.settings import kafka_options, read_settings


@click.group("topics")
def command() -> None:
    """Make the Kafka topics of a job."""


@command.command("create")
@kafka_options
@click.option("--partitions", default=4, show_default=True, help="Partitions of a topic that is made.")
@click.option("--replication", default=-1, show_default=True, help="Copies of it; -1 is the cluster's default.")
def create(
    config: Path | None,
    assignments: tuple[str, ...],
    partitions: int,
    replication: int,
    *,
    print_config: bool,
    **flags: Any,
) -> None:
    """Make the input and output topics that do not exist yet; those that do are left alone."""
    settings = read_settings(config, assignments, flags, print_config=print_config)
    from iamdrift.io.topics import TopicSpec, create_topics
    from iamdrift.options import kafka_of, output_topics

    compacted = settings.output.snapshots_topic
    names = dict.fromkeys((*settings.input.topics, *output_topics(settings)))
    specs = [TopicSpec(name, partitions, replication, compacted=name == compacted) for name in names]
    for name, made in create_topics(kafka_of(settings), specs).items():
        click.echo(f"{name}: {'created' if made else 'already there'}")
