"""`iamdrift rules check`: what is wrong in rule files, as the engine tells it."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from iamdrift.cli.settings import read_settings, settings_options
from iamdrift.falco.loading.load import Loaded
from iamdrift.falco.loading.problems import FileResult, Problem
from iamdrift.falco.matching.rule_set import load_rules
from iamdrift.falco.matching.selection import check_settings
from iamdrift.rule_files import rule_files, rule_settings_of

_encode = msgspec.json.Encoder(order="sorted").encode


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print Falco's falco_load_results.")
@settings_options
def command(
    files: tuple[Path, ...], config: Path | None, assignments: tuple[str, ...], *, as_json: bool, print_config: bool
) -> None:
    """Check rule files, one after the other as they would be loaded.

    FILES may be folders; without any, those of the settings are checked. Ends with 1 where something is wrong.
    """
    settings = read_settings(config, assignments, {}, print_config=print_config)
    use = rule_settings_of(settings)
    check_settings(use)
    named = [str(file) for file in files] or settings.rules.files
    loaded = load_rules(rule_files(named, bundled=settings.rules.bundled and not files), use)
    if as_json:
        body = {"falco_load_results": [result.as_json(loaded.contents) for result in loaded.results]}
        click.echo(_encode(body).decode())
    else:
        for result in loaded.results:
            _show(result, loaded)
    if any(result.errors for result in loaded.results):
        raise click.exceptions.Exit(1)


def _show(result: FileResult, loaded: Loaded) -> None:
    state = "Invalid" if result.errors else "Ok, with warnings" if result.warnings else "Ok"
    click.echo(f"{result.name}: {state}")
    for title, problems in (("Errors", result.errors), ("Warnings", result.warnings)):
        if problems:
            click.echo(f"{len(problems)} {title}:")
            for problem in problems:
                _explain(problem, loaded)


def _explain(problem: Problem, loaded: Loaded) -> None:
    click.echo(problem.context.as_text(), nl=False)
    click.echo(f"------\n{problem.context.snippet(loaded.contents)}------")
    click.echo(f"{problem.code} ({problem.short}): {problem.message}")
