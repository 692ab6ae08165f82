"""`iamdrift rules parse`: conditions in, the text of their syntax trees out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import msgspec

from iamdrift.errors import RuleError
from iamdrift.falco.condition.cursor import ConditionError, place_in
from iamdrift.falco.condition.parser import parse_condition


@click.command("parse")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a condition.")
def command(*, as_json: bool) -> None:
    """Parse conditions: on standard input, each a JSON string on a line of its own."""
    answer_conditions(lambda condition: {"canonical": str(parse_condition(condition))}, as_json=as_json)


def answer_conditions(answer: Callable[[str], dict[str, Any]], *, as_json: bool) -> None:
    """Print the answer to each condition on standard input, in their order; `answer` raises RuleError.

    Ends with 1 where one has an error, but for JSON, which says so itself.
    """
    failed = False
    for result in _answers(answer):
        failed = failed or not result["ok"]
        click.echo(msgspec.json.encode(result).decode(errors="replace") if as_json else _told(result))
    if failed and not as_json:
        raise click.exceptions.Exit(1)


def _answers(answer: Callable[[str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        condition = ""
        try:
            condition = msgspec.json.decode(line, type=str)
            yield {"ok": True, **answer(condition)}
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield {"ok": False, "error": f"the line is no JSON string: {error}", "column": None}
        except RuleError as error:
            column = place_in(condition, error.at).column if isinstance(error, ConditionError) else None
            yield {"ok": False, "error": error.message, "column": column}


def _told(result: dict[str, Any]) -> str:
    if not result["ok"]:
        return f"error{f' at column {at}' if (at := result['column']) else ''}: {result['error']}"
    return str(result["canonical"]) if "canonical" in result else " ".join(map(str, result["matches"]))
