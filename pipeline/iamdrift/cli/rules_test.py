"""`iamdrift rules test`: run the cases that stand beside rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from iamdrift.cli.settings import read_settings, settings_options
from iamdrift.errors import ConfigError
from iamdrift.resources import bundled_cases
from iamdrift.rule_files import rule_files, rules_of
from iamdrift.rule_tests import Outcome, junit, run_cases


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--all", "every", is_flag=True, help="A rule without a case that fires it and one that does not fails.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit's XML here.")
@settings_options
def command(
    paths: tuple[Path, ...],
    config: Path | None,
    assignments: tuple[str, ...],
    *,
    every: bool,
    junit_file: Path | None,
    print_config: bool,
) -> None:
    """Run the cases of rules.

    PATHS are folders with rules and a folder `tests`; without any, those that ship with iamdrift are run. The rules of
    a folder are loaded after those of the settings, as a job would load them.
    """
    settings = read_settings(config, assignments, {}, print_config=print_config)
    files = (*settings.rules.files, *map(str, paths))
    rules = rules_of(replace(settings, rules=replace(settings.rules, files=files)))
    cases = list(_cases(paths)) if paths else bundled_cases()
    complete = {file.name for file in rule_files(map(str, paths), bundled=not paths)} if every else ()
    outcomes = []
    for outcome in run_cases(cases, rules, complete):
        outcomes.append(outcome)
        if not outcome.passed:
            _show(outcome)
    if junit_file:
        junit_file.write_bytes(junit(outcomes))
    failed = sum(not one.passed for one in outcomes)
    click.echo(f"{len(outcomes) - failed} passed, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)


def _cases(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        folder = (path if path.is_dir() else path.parent) / "tests"
        found = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
        if not found:
            raise ConfigError(f"no cases in {folder}: a rule `x` has its cases in {folder}/x.yaml")
        yield from found


def _show(outcome: Outcome) -> None:
    click.secho(f"FAILED {outcome.rule}, {outcome.name}  {outcome.file}", fg="red")
    for line in outcome.difference:
        click.secho(f"  {line}", fg="green" if line.startswith("+") else "red")
