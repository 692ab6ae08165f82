"""`iamdrift rules`: check and try rules: conditions, files, fields, and the tests that stand beside rules."""

from __future__ import annotations

import importlib
from types import MappingProxyType

import click

_COMMANDS = MappingProxyType(
    {
        "check": "Check rule files, and say what is wrong where.",
        "test": "Run the tests that stand beside rules.",
        "fields": "Print the fields that rules can use.",
        "parse": "Parse conditions, and print them as the engine does.",
        "eval": "Say which records of a file conditions match.",
    }
)


class _Rules(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"iamdrift.cli.rules_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group("rules", cls=_Rules)
def command() -> None:
    """Check and try Falco rules."""
