"""`iamdrift explain`: what would this record do? Without Beam, so it answers at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from iamdrift.cli.formats import FORMATS, renderer
from iamdrift.cli.settings import read_settings, settings_options
from iamdrift.cli.summary import print_summary
from iamdrift.errors import RecordPlace
from iamdrift.explain import Core
from iamdrift.rule_files import rules_of


@click.command("explain")
@click.argument("record", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True), default="-")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@settings_options
def command(
    record: Path, config: Path | None, assignments: tuple[str, ...], format_: str, *, print_config: bool
) -> None:
    """Say what a CloudTrail record, in any known envelope, would do. RECORD is a file; - is standard input."""
    settings = read_settings(config, assignments, {}, print_config=print_config)
    value = sys.stdin.buffer.read() if str(record) == "-" else record.read_bytes()
    core = Core(rules_of(settings).compiled(), int(settings.track.lateness_minutes * 60_000))
    render = renderer(format_, color=sys.stdout.isatty())
    shown = 0
    for result in core.take(value, RecordPlace(str(record), 0, 0)):
        if line := render(result):
            shown += 1
            sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
    if not shown:
        print_summary(dict(core.counts))
