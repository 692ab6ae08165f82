"""`iamdrift flink`: what running on a Flink cluster needs beside `iamdrift run --runner flink`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from iamdrift.cli.settings import read_settings, settings_options
from iamdrift.errors import ConfigError


@click.group("flink")
def command() -> None:
    """Make a job's jar for Flink, stop a job, start a pool of workers."""


@command.command("jar")
@settings_options
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The jar to write.")
@click.option(
    "--flink-version", default="1.19", show_default=True, help="The cluster's version, without its last part."
)
def jar(
    config: Path | None, assignments: tuple[str, ...], output: Path, flink_version: str, *, print_config: bool
) -> None:
    """Write a self-contained jar for `flink run` and for application mode.

    Of the settings it carries only those of [flink]; workers read all others, secrets too, from the file that
    IAMDRIFT_CONFIG names beside them and from their environment.
    """
    settings = read_settings(config, assignments, {}, print_config=print_config)
    from iamdrift.flink.jar import MAIN_CLASS, runner_jar, write_jar
    from iamdrift.flink.options import runner_options
    from iamdrift.options import flink_job

    # Flink's own way of asking for parallelism is to count: `flink run --parallelism`, parallelism.default.
    options = runner_options(settings.flink, parallelism=-1)
    write_jar(runner_jar(settings.flink.job_server_jar, flink_version), flink_job(None), options, output)
    click.echo(f"{output}: run it with `flink run --detached {output}`; its main class is {MAIN_CLASS}")


@command.command("stop")
@settings_options
@click.argument("job")
@click.option("--savepoint", help="Folder for the savepoint; the cluster's own setting where none is given.")
def stop(
    config: Path | None, assignments: tuple[str, ...], job: str, savepoint: str | None, *, print_config: bool
) -> None:
    """Stop a job with a savepoint and print where that is: the next version starts from it."""
    settings = read_settings(config, assignments, {}, print_config=print_config)
    from iamdrift.flink.cluster import FlinkCluster

    click.echo(FlinkCluster(settings.flink.master).stop(job, savepoint))


@command.command("pool")
@click.option("--port", default=50000, show_default=True, help="Where the TaskManager finds the pool.")
def pool(port: int) -> None:
    """Start the pool of Python workers that belongs beside every TaskManager. Runs until it is stopped."""
    worker = shutil.which("iamdrift-worker", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if worker is None:
        raise ConfigError("iamdrift-worker is not installed beside this Python")
    arguments: list[Any] = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main"]
    arguments += [f"--service_port={port}", f"--container_executable={worker}"]
    os.execv(sys.executable, arguments)  # noqa: S606
