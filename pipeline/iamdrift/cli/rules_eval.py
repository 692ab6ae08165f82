"""`iamdrift rules eval`: which records of a file a condition matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from iamdrift.cli.rules_parse import conditions, error_of
from iamdrift.errors import RuleError
from iamdrift.falco.condition.parser import parse_condition
from iamdrift.falco.fields.sources import sources
from iamdrift.falco.fields.trail import TrailEvent
from iamdrift.falco.loading.collection import TRAIL_SOURCE
from iamdrift.falco.matching.compile import compile_condition
from iamdrift.record_files import read_records


@click.command("eval")
@click.option(
    "--records",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help='A file of CloudTrail records: JSON lines or {"Records": […]}, gzipped or not.',
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a condition.")
def command(records: Path, *, as_json: bool) -> None:
    """Say which records conditions match, by number from 1: on standard input, each a JSON string on its own line."""
    events = read_records(records)
    failed = False
    for condition in conditions():
        result = _evaluate(condition, events)
        failed = failed or not result["ok"]
        shown = " ".join(map(str, result["matches"])) if result["ok"] else f"error: {result['error']}"
        click.echo(msgspec.json.encode(result).decode(errors="replace") if as_json else shown)
    if failed and not as_json:
        raise click.exceptions.Exit(1)


def _evaluate(condition: str, events: list[TrailEvent | None]) -> dict[str, Any]:
    try:
        check = compile_condition(parse_condition(condition), sources()[TRAIL_SOURCE])
    except RuleError as error:
        return error_of(error, condition)
    matches = [number for number, event in enumerate(events, start=1) if event is not None and check(event)]
    return {"ok": True, "matches": matches}
