"""`iamdrift run`: the service. Reads Kafka until it is told to stop, or to the end of what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from iamdrift.cli.formats import FORMATS, renderer
from iamdrift.cli.settings import kafka_options, read_settings
from iamdrift.cli.summary import print_summary


@click.command("run")
@kafka_options
@click.option("--until-end", is_flag=True, default=None, help="Stop at the records that are there now.")
@click.option(
    "--bootstrap-from-snapshots",
    "bootstrap",
    is_flag=True,
    default=None,
    help="Start with what the snapshots topic knows.",
)
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Also show results on standard output.")
def command(
    config: Path | None,
    assignments: tuple[str, ...],
    format_: str | None,
    *,
    print_config: bool,
    until_end: bool | None,
    bootstrap: bool | None,
    **flags: Any,
) -> None:
    """Read CloudTrail from Kafka, write drift and alerts to Kafka and Parquet.

    Ctrl-C and SIGTERM stop it cleanly: what was read is written and committed first. The next run goes on from the
    committed offsets.
    """
    if bootstrap:
        assignments = (*assignments, "input.bootstrap_from_snapshots=true")
    settings = read_settings(config, assignments, flags, print_config=print_config)
    from iamdrift.options import job_of
    from iamdrift.runner import run_local

    render = renderer(format_, color=sys.stdout.isatty()) if format_ else None
    job = job_of(settings, until_end=until_end, render=render)
    print_summary(run_local(job))
