"""`iamdrift rules`: check and try rules: conditions, files, fields, and the tests that stand beside rules."""

from __future__ import annotations

from types import MappingProxyType

import click

from iamdrift.cli.lazy_group import LazyGroup


class _Rules(LazyGroup):
    modules = MappingProxyType(
        {
            "check": ("iamdrift.cli.rules_check", "Check rule files, and say what is wrong where."),
            "test": ("iamdrift.cli.rules_test", "Run the tests that stand beside rules."),
            "fields": ("iamdrift.cli.rules_fields", "Print the fields that rules can use."),
            "parse": ("iamdrift.cli.rules_parse", "Parse conditions, and print them as the engine does."),
            "eval": ("iamdrift.cli.rules_eval", "Say which records of a file conditions match."),
        }
    )


@click.group("rules", cls=_Rules)
def command() -> None:
    """Check and try Falco rules."""
