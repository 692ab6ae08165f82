"""`iamdrift run`: the service. Reads Kafka until it is told to stop, or to the end of what is there."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from iamdrift.cli.formats import FORMATS, renderer
from iamdrift.cli.settings import kafka_options, read_settings
from iamdrift.cli.summary import print_summary
from iamdrift.config import Settings
from iamdrift.errors import ConfigError


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
@click.option("--runner", type=click.Choice(("local", "flink")), default="local", help="Where to run; local is here.")
@click.option("--savepoint", help="Flink: start from this savepoint or checkpoint.")
@click.option(
    "--allow-non-restored-state",
    is_flag=True,
    help="Flink: start though the savepoint knows a step that is not there any more.",
)
@click.option("--job-name", default="iamdrift", show_default=True, help="Flink: the job's name in its pages.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Also show results on standard output.")
def command(
    config: Path | None,
    assignments: tuple[str, ...],
    format_: str | None,
    runner: str,
    savepoint: str | None,
    job_name: str,
    *,
    allow_non_restored_state: bool,
    print_config: bool,
    until_end: bool | None,
    bootstrap: bool | None,
    **flags: Any,
) -> None:
    """Read CloudTrail from Kafka, write drift and alerts to Kafka and Parquet.

    Ctrl-C and SIGTERM stop it cleanly: what was read is written and committed first. The next run goes on from the
    committed offsets.

    On Flink the job is submitted and lives on by itself; the command prints its id.
    """
    if bootstrap:
        assignments = (*assignments, "input.bootstrap_from_snapshots=true")
    if until_end:
        assignments = (*assignments, "input.until_end=true")
    settings = read_settings(config, assignments, flags, print_config=print_config)
    if runner == "flink":
        if format_:
            raise click.UsageError("--format shows results of a job on this machine; on Flink they are in its topics")
        click.echo(_submit(settings, job_name, savepoint, allow_non_restored_state=allow_non_restored_state))
        return
    from iamdrift.options import job_of
    from iamdrift.runner import run_local

    render = renderer(format_, color=sys.stdout.isatty()) if format_ else None
    job = job_of(settings, render=render)
    print_summary(run_local(job))


def _submit(settings: Settings, name: str, savepoint: str | None, *, allow_non_restored_state: bool) -> str:
    from iamdrift.flink.cluster import FlinkCluster
    from iamdrift.flink.jar import runner_jar, write_jar
    from iamdrift.flink.options import runner_options
    from iamdrift.options import flink_job

    if not settings.flink.master:
        raise ConfigError("--runner flink needs flink.master (or --flink-master): the JobManager's REST address")
    options = runner_options(settings.flink, job_name=name)
    cluster = FlinkCluster(settings.flink.master)
    runner = runner_jar(settings.flink.job_server_jar, cluster.flink_line())
    with TemporaryDirectory() as folder:
        jar = Path(folder, "iamdrift.jar")
        write_jar(runner, flink_job(settings), options, jar)
        return cluster.submit(jar, savepoint, allow_non_restored_state=allow_non_restored_state)
