"""Compiled rules, and the alerts they raise.

Unlike Falco's default every matching rule fires; `matching="first"` stops at the first, as Falco does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from iamdrift.drift.origin import IDENTITY_CENTER
from iamdrift.drift.record import Drift
from iamdrift.errors import RuleError
from iamdrift.falco.alert import Alert, alert_id
from iamdrift.falco.compile import Check, compile_condition
from iamdrift.falco.fields import FieldSet
from iamdrift.falco.fields_drift import IAM_DRIFT
from iamdrift.falco.format import Output, compile_output
from iamdrift.falco.parser import parse_condition
from iamdrift.falco.rules import (
    DRIFT_SOURCE,
    Definitions,
    Rule,
    RuleFile,
    Warning_,
    expand_lists,
    read_rules,
)
from iamdrift.falco.syntax import Among, And, Compare, Macro, Node, Not, Or

SOURCES: Mapping[str, FieldSet] = MappingProxyType({DRIFT_SOURCE: IAM_DRIFT})
CHANGE = "change"
_ORIGIN_FIELDS = frozenset(["drift.origin", "drift.permission_set"])
_RECORD_FIELDS = frozenset(["drift.record", "drift.error", "drift.error_message", "ct.error", "ct.errormessage"])
_NAME_FIELDS = ("evt.name", "ct.name", "drift.event")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run; `events` are the only event names it can match, None when it may match any.

    `beyond_changes`: its condition asks what kind of record it sees, or of errors, so it sees attempts too.
    `any_origin`: it asks of the origin, so it sees what Identity Center does to its own roles.
    """

    rule: Rule
    check: Check
    output: Output
    events: frozenset[str] | None
    beyond_changes: bool = False
    any_origin: bool = False

    def sees(self, drift: Drift) -> bool:
        """Say whether a record is of those that the rule is for."""
        if drift.record != CHANGE and not self.beyond_changes:
            return False
        return self.any_origin or drift.origin.kind != IDENTITY_CENTER


class RuleSet:
    """Compiled rules of `iam_drift`, found by event name so that most are never evaluated."""

    def __init__(self, rules: list[CompiledRule], warnings: list[Warning_], *, first_only: bool = False) -> None:
        self.rules = rules
        self.warnings = warnings
        self._first_only = first_only
        self._by_event: dict[str, list[CompiledRule]] = {}

    @classmethod
    def of(cls, files: tuple[RuleFile, ...], matching: str = "all") -> RuleSet:
        """Read and compile rule files. Raises RuleError, which lists everything that is wrong, a line each."""
        found = read_rules(files)
        compiled = []
        for rule in found.rules.values():
            if rule.source not in SOURCES:
                text = f"rule {rule.name!r} is for source {rule.source!r} and is skipped"
                found.warnings.append(Warning_("LOAD_UNKNOWN_SOURCE", text, rule.place))
                continue
            try:
                one = _compile(rule, found)
            except RuleError as error:
                found.errors.append(RuleError(f"rule {rule.name!r}: {error.message}", error.place or rule.place))
                continue
            if rule.enabled:
                compiled.append(one)
        if found.errors:
            raise RuleError("\n".join(map(str, found.errors)))
        return cls(compiled, found.warnings, first_only=matching == "first")

    def match(self, drift: Drift) -> list[Alert]:
        """Return the alerts that a drift record raises, in the order of the rules.

        A correction raises only what the record it replaces did not. An attempt that failed is seen only by rules
        that ask for it, and so is what Identity Center does to its roles: the change of the permission set that it
        follows is a record of its own, and one change should not alarm twice.
        """
        rules = self._by_event.get(drift.event)
        if rules is None:
            rules = [one for one in self.rules if one.events is None or drift.event in one.events]
            self._by_event[drift.event] = rules
        alerts: list[Alert] = []
        if not drift.changes and drift.record == CHANGE:
            return alerts
        told = {alert.rule for alert in self.match(drift.replaces)} if drift.replaces else ()
        for one in rules:
            if one.sees(drift) and one.check(drift) and one.rule.name not in told:
                alerts.append(_alert(one, drift))
                if self._first_only:
                    break
        return alerts


def _compile(rule: Rule, found: Definitions) -> CompiledRule:
    node = _resolved(parse_condition(expand_lists(rule.condition, found.lists)), found, ())
    fields = SOURCES[rule.source]
    check, output = compile_condition(node, fields), compile_output(rule.output, fields)
    beyond, any_origin = _asks_of(node, _RECORD_FIELDS), _asks_of(node, _ORIGIN_FIELDS)
    return CompiledRule(rule, check, output, _event_names(node), beyond, any_origin)


def _resolved(node: Node, found: Definitions, path: tuple[str, ...]) -> Node:
    """Put macros in the place of their names."""
    if isinstance(node, And | Or):
        return type(node)(tuple(_resolved(part, found, path) for part in node.parts))
    if isinstance(node, Not):
        return Not(_resolved(node.part, found, path))
    if not isinstance(node, Macro) or node.name not in found.macros:
        return node
    if node.name in path:
        raise RuleError(f"reference loop in macro {node.name!r}")
    text, place = found.macros[node.name]
    try:
        inner = parse_condition(expand_lists(text, found.lists))
    except RuleError as error:
        raise RuleError(f"macro {node.name!r}: {error.message}", place) from error
    return _resolved(inner, found, (*path, node.name))


def _event_names(node: Node) -> frozenset[str] | None:
    """Find the event names that a condition demands at its top; None when it demands none."""
    if isinstance(node, And):
        sets = [names for part in node.parts if (names := _event_names(part)) is not None]
        return frozenset.intersection(*sets) if sets else None
    if isinstance(node, Or):
        parts = [_event_names(part) for part in node.parts]
        return None if None in parts else frozenset().union(*(names or () for names in parts))
    if isinstance(node, Compare) and node.field.name in _NAME_FIELDS and node.operator in ("=", "=="):
        return frozenset((node.value,))
    if isinstance(node, Among) and node.field.name in _NAME_FIELDS and node.operator in ("in", "intersects"):
        return frozenset(node.values)
    return None


def _asks_of(node: Node, fields: frozenset[str]) -> bool:
    if isinstance(node, And | Or):
        return any(_asks_of(part, fields) for part in node.parts)
    if isinstance(node, Not):
        return _asks_of(node.part, fields)
    return not isinstance(node, Macro) and node.field.name in fields


def _alert(one: CompiledRule, drift: Drift) -> Alert:
    rule = one.rule
    message, fields = one.output.render(drift)
    return Alert(
        id=alert_id(rule.name, drift.id),
        key=drift.target.key,
        account=drift.target.account,
        rule=rule.name,
        priority=rule.priority,
        source=rule.source,
        tags=rule.tags,
        message=message,
        fields={**fields, "drift.id": drift.id},
        time=drift.time,
    )
