"""`iamdrift coverage`: which calls are modelled, what each does, and what its event cannot tell."""

from __future__ import annotations

import sys

import click
import msgspec

from iamdrift.iam.coverage import Covered, coverage

_HEADS = ("call", "kind", "attribute", "effect", "field", "the event cannot tell", "taken for granted")


@click.command("coverage")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(format_: str) -> None:
    """Print the call table: call, kind of resource, attribute, effect, and what the event cannot tell.

    The last column is what a row takes for granted: what AWS documents, or what is only believed.
    """
    rows = coverage()
    if format_ == "json":
        for row in rows:
            sys.stdout.buffer.write(msgspec.json.encode(row._asdict()) + b"\n")
        return
    lines = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADS))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    click.echo(f"\n{len({(row.source, row.call) for row in rows})} calls")


def _cells(row: Covered) -> tuple[str, ...]:
    service = row.source.removesuffix(".amazonaws.com")
    kind = row.kind if row.primary else f"+ {row.kind}"
    assumes = "; ".join(row.assumes)
    return f"{service}:{row.call}", kind, row.attribute or "(all)", row.effect, row.field, row.cannot_tell, assumes
