"""`iamdrift rules fields`: the table of fields that rules can use, for each source of events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
import msgspec

from iamdrift.falco.fields.field import Argument, Field
from iamdrift.falco.fields.sources import sources
from iamdrift.falco.loading.collection import DRIFT_SOURCE, TRAIL_SOURCE

_SHORT = (
    ("resource", "in outputs only: the resource's name"),
    ("user", "in outputs only: who acted"),
)
_PAGE = (
    "# Fields",
    "",
    "What conditions and outputs can name. `iamdrift rules fields --format markdown` prints this page.",
    "",
    "A rule of source `iam_drift` has the fields of `aws_cloudtrail` too, but for those of the plugin itself, read off",
    "the event that caused the change. They are read as Falco's cloudtrail plugin reads them: a text that is `null` in",
    "the record is empty, and what is not in the record has no value.",
    "",
)
_ARGUMENTS = {Argument.NONE: "", Argument.REQUIRED: "[/path]", Argument.INDEX: "[index]"}


@click.command("fields")
@click.option("--source", type=click.Choice([DRIFT_SOURCE, TRAIL_SOURCE]), help="Only the fields of this source.")
@click.option("--format", "format_", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(source: str | None, format_: str) -> None:
    """Print every field: name, type, and what it is."""
    if format_ == "markdown" and source is None:
        click.echo(fields_page(), nl=False)
        return
    for name, fields in sources().items():
        if source in (None, name):
            rows = list(_rows(fields, with_short=name == DRIFT_SOURCE))
            for line in {"text": _text, "markdown": _markdown, "json": _json}[format_](name, rows):
                click.echo(line)


def fields_page() -> str:
    """Return the page of documentation about fields: those of CloudTrail, and what drift has beyond them."""
    fields = sources()
    trail = list(_rows(fields[TRAIL_SOURCE], with_short=False))
    drift = [row for row in _rows(fields[DRIFT_SOURCE], with_short=True) if row not in trail]
    lines = [*_PAGE, *_markdown(DRIFT_SOURCE, drift), *_markdown(TRAIL_SOURCE, trail)]
    return "\n".join(lines[:-1]) + "\n"


def _rows(fields: Iterable[Field], *, with_short: bool) -> Iterator[tuple[str, str, str]]:
    for one in sorted(fields, key=lambda one: one.name):
        yield f"{one.name}{_ARGUMENTS[one.argument]}", one.type.value, one.about
    if with_short:
        for name, about in _SHORT:
            yield f"%{name}", "string", about


def _text(source: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    yield f"{source}:"
    width, kind = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, type_, about in rows:
        yield f"  {name:<{width}}  {type_:<{kind}}  {about.replace('`', '')}"


def _markdown(source: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    """Give the lines of a table."""
    yield f"## Fields of `{source}`"
    yield ""
    yield "| field | type | what it is |"
    yield "|---|---|---|"
    for row in rows:
        yield f"| `{row[0]}` | {row[1]} | {row[2]} |"
    yield ""


def _json(source: str, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    for name, type_, about in rows:
        yield msgspec.json.encode({"source": source, "field": name, "type": type_, "about": about}).decode()
