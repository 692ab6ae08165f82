"""`iamdrift rules eval`: which records of a file a condition matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamdrift.cli.rules_parse import answer_conditions
from iamdrift.falco.condition.parser import parse_condition
from iamdrift.falco.fields.sources import sources
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
    fields = sources()[TRAIL_SOURCE]

    def matches(condition: str) -> dict[str, Any]:
        check = compile_condition(parse_condition(condition), fields)
        return {"matches": [number for number, one in enumerate(events, start=1) if one is not None and check(one)]}

    answer_conditions(matches, as_json=as_json)
