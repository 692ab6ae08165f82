"""The `iamdrift` command: a group with one command a file, found by name so that each loads only what it needs."""

from __future__ import annotations

import logging
import sys
from types import MappingProxyType

import click

from iamdrift import __version__
from iamdrift.cli.lazy_group import LazyGroup
from iamdrift.errors import IamdriftError


class _Commands(LazyGroup):
    modules = MappingProxyType(
        {
            "run": (
                "iamdrift.cli.run",
                "Read CloudTrail from Kafka, write drift and alerts to Kafka and Parquet.",
            ),
            "replay": ("iamdrift.cli.replay", "Run files of CloudTrail records through the same pipeline."),
            "explain": ("iamdrift.cli.explain", "Say what one record would do, in milliseconds."),
            "rules": ("iamdrift.cli.rules", "Check and try Falco rules, print their fields, run their tests."),
            "coverage": ("iamdrift.cli.coverage", "Print which calls are modelled, and what their events cannot tell."),
            "flink": ("iamdrift.cli.flink", "Make a job's jar for Flink, stop a job, start a pool of workers."),
            "topics": ("iamdrift.cli.topics", "Make the Kafka topics of a job."),
        }
    )


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="iamdrift")
@click.option("--debug", is_flag=True, help="Show the trace of an error, and log more.")
@click.pass_context
def cli(context: click.Context, *, debug: bool) -> None:
    """AWS CloudTrail in, IAM drift out: before and after of every IAM change, and Falco rules on it."""
    context.obj = debug
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    if not debug:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_worth_showing)
    logging.getLogger("apache_beam").setLevel(logging.INFO if debug else logging.ERROR)
    logging.getLogger("kafka").setLevel(logging.INFO if debug else logging.WARNING)


def _worth_showing(record: logging.LogRecord) -> bool:
    """Leave out what our errors say once, from Beam and kafka-python, and what Beam says of optional parts, on root."""
    if record.name.startswith("apache_beam") and record.exc_info and isinstance(record.exc_info[1], IamdriftError):
        return False
    return record.name != "root" and (record.levelno >= logging.CRITICAL or not record.name.startswith("kafka"))


def main() -> None:
    """Run the command line: an error of the user's is one line and exit status 2, as click's own are."""
    try:
        # Not standing alone, click gives back the status of a command that ends by itself.
        sys.exit(cli.main(standalone_mode=False))
    except IamdriftError as error:
        if "--debug" in sys.argv:
            raise
        click.secho(f"iamdrift: {error}", fg="red", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()
