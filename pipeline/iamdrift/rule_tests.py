"""Running the cases that stand beside rules on the real core, and what came of them."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from iamdrift.errors import RuleError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.rule_cases import Case, Expected, RuleCases, read_cases
from iamdrift.rule_files import Rules


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case; `difference` is empty where all was as expected."""

    file: str
    rule: str
    name: str
    difference: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.difference


def run_cases(paths: Iterable[Path], rules: Rules, complete: Container[str] = ()) -> Iterator[Outcome]:
    """Run the cases of files; a rule of a `complete` file without one that fires and one that does not is a failure.

    Raises RuleError for a file that is none of cases.
    """
    both: dict[str, set[str]] = {}
    for path in paths:
        found = read_cases(path)
        for side, cases in (("fires", found.fires), ("silent", found.silent)):
            for case in cases:
                both.setdefault(found.rule, set()).add(side)
                yield Outcome(str(path), found.rule, f"{side}: {case.name}", tuple(_run(found, side, case, rules)))
    for rule in [one for one in rules.compiled().rules if one.file in complete]:
        for side in ("fires", "silent"):
            if side not in both.get(rule.name, ()):
                yield Outcome("", rule.name, f"has a case under {side}", (f"- a case under `{side}`", "+ none"))


def _run(cases: RuleCases, side: str, case: Case, rules: Rules) -> Iterator[str]:
    """Run a case; gives the difference between what was expected and what came."""
    if case.own_accounts:
        rules = Rules(rules.files, replace(rules.settings, own_accounts=frozenset(case.own_accounts)))
    compiled = rules.compiled()
    if cases.rule not in {rule.name for rule in compiled.rules}:
        yield f"- a rule {cases.rule!r} that is on"
        yield "+ none by that name"
        return
    core = Core(compiled)
    try:
        before, counting = case.records()
    except RuleError as error:
        yield f"+ {error}"
        return
    core.take_all(before)
    alerts = [one for one in core.take_all(counting) if isinstance(one, Alert)]
    raised = [alert for alert in alerts if alert.rule == cases.rule]
    if side == "silent":
        if raised:
            yield "- no alert"
        yield from (f"+ {alert.rule}: {alert.message}" for alert in raised)
    elif not raised:
        yield f"- {cases.rule}"
        yield from (f"+ {alert.rule}: {alert.message}" for alert in alerts)
        if not alerts:
            yield "+ no alert"
    elif case.alert:
        yield from _difference(case.alert, raised)


def _difference(expected: Expected, raised: list[Alert]) -> list[str]:
    """Compare what a case expects with the alert that comes nearest to it."""
    differences = []
    for alert in raised:
        wanted, got = [], []
        for name, want, have in (
            ("output", expected.output, alert.message),
            ("priority", expected.priority and expected.priority.capitalize(), alert.priority),
            *((f"field {name}", value, alert.fields.get(name)) for name, value in expected.fields.items()),
        ):
            if want is not None or name.startswith("field "):
                wanted.append(f"{name}: {want}")
                got.append(f"{name}: {have}")
        differences.append([line for line in difflib.ndiff(wanted, got) if line[0] in "+-"])
    return min(differences, key=len)


def junit(outcomes: list[Outcome]) -> bytes:
    """Return outcomes as JUnit's XML, which CI systems show."""
    failed = [one for one in outcomes if not one.passed]
    suite = ET.Element("testsuite", name="iamdrift rules", tests=str(len(outcomes)), failures=str(len(failed)))
    for one in outcomes:
        case = ET.SubElement(suite, "testcase", classname=one.rule, name=one.name, file=one.file)
        if not one.passed:
            ET.SubElement(case, "failure", message="not as expected").text = "\n".join(one.difference)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))
