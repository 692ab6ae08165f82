"""The options that commands share, and how they become settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from iamdrift.config import CONFIG_VARIABLE, Settings, Value, load_settings, shown_settings
from iamdrift.errors import ConfigError

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OUTPUT = ("--output", "output.http", True, "Also post every alert: http=URL; may be given several times.")
# flag, setting, how often, what it is
_FLAGS: tuple[tuple[str, str, bool, str], ...] = (
    (
        "--bootstrap-servers",
        "kafka.bootstrap_servers",
        True,
        "A broker, host:port; may be given several times.",
    ),
    ("--topic", "input.topics", True, "A topic of CloudTrail records; may be given several times."),
    ("--group", "input.group", False, "Consumer group that offsets are committed for."),
    ("--start", "input.start", False, "earliest, latest, committed, or an ISO 8601 time."),
    ("--drift-topic", "output.drift_topic", False, "Topic for drift records; empty for none."),
    ("--alerts-topic", "output.alerts_topic", False, "Topic for alerts; empty for none."),
    (
        "--dead-letter-topic",
        "output.dead_letter_topic",
        False,
        "Topic for what cannot be read; empty for none.",
    ),
    (
        "--snapshots-topic",
        "output.snapshots_topic",
        False,
        "Compacted topic for what is known of every resource.",
    ),
    _OUTPUT,
    ("--parquet", "output.parquet", False, "Folder for Parquet files."),
    ("--flink-master", "flink.master", False, "Flink: the JobManager's REST address, host:port."),
    (
        "--flink-option",
        "flink.options",
        True,
        "Flink: an option of its runner, NAME=VALUE; may be given several times.",
    ),
    ("--parallelism", "flink.parallelism", False, "Flink: how many subtasks a step has."),
)


def kafka_options(command: _Command) -> _Command:
    """Add the flags of a job that reads and writes Kafka, and `--config`, `--set`, `--print-config`."""
    for row in reversed(_FLAGS):
        command = _with_flag(command, row)
    return settings_options(command)


def settings_options(command: _Command) -> _Command:
    """Add `--config FILE`, `--set SECTION.NAME=VALUE` and `--print-config`."""
    for option in (
        click.option("--print-config", is_flag=True, help="Print the settings with secrets masked, and stop."),
        click.option("--set", "assignments", multiple=True, metavar="SECTION.NAME=VALUE", help="Any other setting."),
        click.option(
            "--config",
            "config",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar=CONFIG_VARIABLE,
            help="Settings, as TOML.",
        ),
    ):
        command = option(command)
    return command


def read_settings(
    config: Path | None, assignments: tuple[str, ...], flags: dict[str, Any], *, print_config: bool
) -> Settings:
    """Merge file, environment and flags; with `print_config` print the result and end the command."""
    overrides: dict[str, Value | None] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            # What was given is not shown: it may be a password.
            raise ConfigError("--set wants SECTION.NAME=VALUE, as output.parquet=out")
        overrides[name] = value
    for _, setting, _several, _text in _FLAGS:
        given = flags.get(_parameter(setting))
        if given is not None and given != ():
            given = tuple(map(_posted_to, given)) if setting == "output.http" else given
            overrides[setting] = list(given) if isinstance(given, tuple) else given
    settings = load_settings(config, os.environ, overrides)
    if print_config:
        click.echo(shown_settings(settings))
        raise click.exceptions.Exit(0)
    return settings


def _posted_to(text: str) -> str:
    kind, _, url = text.partition("=")
    if kind != "http":
        raise ConfigError("--output wants http=URL; topics and Parquet have flags of their own")
    return url


def output_option(command: _Command) -> _Command:
    """Add `--output http=URL`, which commands have that read no Kafka."""
    return _with_flag(command, _OUTPUT)


def _with_flag(command: _Command, row: tuple[str, str, bool, str]) -> _Command:
    flag, setting, several, text = row
    return click.option(flag, _parameter(setting), multiple=several, help=text)(command)


def _parameter(setting: str) -> str:
    return setting.replace(".", "_")
