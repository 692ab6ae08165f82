"""`iamdrift rules parse`: conditions in, the text of their syntax trees out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from iamdrift.errors import ConfigError, RuleError
from iamdrift.falco.condition.cursor import ConditionError, place_in
from iamdrift.falco.condition.parser import parse_condition


@click.command("parse")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a condition.")
def command(*, as_json: bool) -> None:
    """Parse conditions: on standard input, each a JSON string on a line of its own."""
    failed = False
    for condition in conditions():
        try:
            result: dict[str, Any] = {"ok": True, "canonical": str(parse_condition(condition))}
        except ConditionError as error:
            result = error_of(error, condition)
            failed = True
        told = str(result["canonical"]) if result["ok"] else f"error at column {result['column']}: {result['error']}"
        click.echo(msgspec.json.encode(result).decode(errors="replace") if as_json else told)
    if failed and not as_json:
        raise click.exceptions.Exit(1)


def conditions() -> Iterator[str]:
    """Give the conditions on standard input. Raises ConfigError for a line that is no JSON string."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"line {number} of standard input is no JSON string: {error}") from error


def error_of(error: RuleError, condition: str) -> dict[str, Any]:
    """Return an error of a condition, with its column (from 1) where that is known."""
    column = place_in(condition, error.at).column if isinstance(error, ConditionError) else None
    return {"ok": False, "error": error.message, "column": column}
