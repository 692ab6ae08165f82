"""`iamdrift replay`: files of CloudTrail records through the same pipeline as the service."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from iamdrift.cli.formats import FORMATS, renderer
from iamdrift.cli.settings import output_option, read_settings, settings_options
from iamdrift.cli.summary import print_summary


@click.command("replay")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--parquet", help="Also write Parquet files below this folder.")
@click.option("--snapshots", help="Also write what is known of every resource at the end into this file.")
@output_option
@settings_options
def command(
    paths: tuple[Path, ...],
    format_: str,
    parquet: str | None,
    snapshots: str | None,
    config: Path | None,
    assignments: tuple[str, ...],
    output_http: tuple[str, ...],
    *,
    print_config: bool,
) -> None:
    """Run files of CloudTrail records (.json, .jsonl, .gz, S3 log files, folders) through the pipeline."""
    settings = read_settings(config, assignments, {"output_http": output_http}, print_config=print_config)
    from iamdrift.io.file_source import find_files
    from iamdrift.options import replay_job
    from iamdrift.runner import run_local

    files = find_files(paths)
    render = renderer(format_, color=sys.stdout.isatty())
    job = replay_job(settings, files, parquet=parquet, snapshots=snapshots, render=render)
    with _progress(sum(file.stat().st_size for file in files)):
        counts = run_local(job)
    print_summary(counts)


@contextmanager
def _progress(total: int) -> Iterator[None]:
    """Show a bar on standard error while files are read; none where it is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress

    from iamdrift.io.progress import bytes_read

    done = threading.Event()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=total)

        def follow() -> None:
            while not done.wait(0.2):
                progress.update(task, completed=bytes_read())

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            done.set()
            follower.join()
