"""Compiled rules by source, and the alerts they raise: on drift records, and on plain CloudTrail records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iamdrift.drift.origin import IDENTITY_CENTER
from iamdrift.drift.record import Drift
from iamdrift.errors import RuleError
from iamdrift.falco.alert import Alert, alert_id
from iamdrift.falco.condition.syntax import And, Argument, Compare, Exists, FieldRef, Node, Not, Or, Parts, Transformed
from iamdrift.falco.fields.field import Read
from iamdrift.falco.fields.sources import sources
from iamdrift.falco.fields.trail import TrailEvent, text
from iamdrift.falco.loading.collection import DRIFT_SOURCE, TRAIL_SOURCE, RuleFile
from iamdrift.falco.loading.load import Loaded, LoadedRule, load
from iamdrift.falco.loading.problems import Problem
from iamdrift.falco.matching.compile import Check
from iamdrift.falco.matching.index import Index, Wanted, demands
from iamdrift.falco.matching.selection import RuleSettings, selected
from iamdrift.falco.output import Output
from iamdrift.iam.route import BURST, CHANGE

_WITH_CHANGES = frozenset([CHANGE, BURST])
_ORIGIN_FIELDS = frozenset(["drift.origin", "drift.permission_set"])
_RECORD_FIELDS = frozenset(["drift.record", "drift.error", "drift.error_message", "ct.error", "ct.errormessage"])


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run, of the file that defined it.

    `beyond_changes`: its condition asks what kind of record it sees, or of errors, so it sees attempts too.
    `any_origin`: it asks of the origin, so it sees what Identity Center does to its own roles.
    """

    name: str
    file: str
    priority: str
    source: str
    tags: tuple[str, ...]
    check: Check
    output: Output
    extra: Mapping[str, Read]
    beyond_changes: bool = False
    any_origin: bool = False

    def sees(self, drift: Drift) -> bool:
        """Say whether a record is of those that the rule is for."""
        if drift.record != CHANGE and not self.beyond_changes:
            return False
        return self.any_origin or drift.origin.kind != IDENTITY_CENTER


class RuleSet:
    """The rules that are switched on. `wanted` says which plain records any of them can match."""

    def __init__(self, loaded: Loaded, settings: RuleSettings = RuleSettings()) -> None:  # noqa: B008  frozen
        self.warnings: list[Problem] = [problem for result in loaded.results for problem in result.warnings]
        self._first_only = settings.matching == "first"
        self._format = settings.alerts
        fields = sources(settings.own_accounts, settings.alerts.hostname)
        enabled = [one for one in loaded.rules if selected(one.item, settings)]
        self.rules = [_compiled(one) for one in enabled]
        wants = [demands(one.node) for one in enabled]
        pairs = list(zip(self.rules, wants, strict=True))
        self._index = {
            source: Index((pair for pair in pairs if pair[0].source == source), fields[source])
            for source in (DRIFT_SOURCE, TRAIL_SOURCE)
        }
        self.wanted = Wanted.by(want for rule, want in pairs if rule.source == TRAIL_SOURCE)

    @classmethod
    def of(cls, files: Iterable[RuleFile], settings: RuleSettings = RuleSettings()) -> RuleSet:  # noqa: B008  frozen
        """Load and compile rule files. Raises RuleError, which tells what is wrong and where."""
        loaded = load_rules(files, settings)
        if errors := loaded.errors():
            raise RuleError("\n".join(map(str, errors)))
        return cls(loaded, settings)

    def match(self, drift: Drift) -> list[Alert]:
        """Return the alerts that a drift record raises, in the order of the rules.

        A correction raises only what the record it replaces did not. An attempt that failed is seen only by rules
        that ask for it, and so is what Identity Center does to its roles: the change of the permission set that it
        follows is a record of its own, and one change should not alarm twice.
        """
        if not drift.changes and drift.record in _WITH_CHANGES:
            return []
        told = {alert.rule for alert in self.match(drift.replaces)} if drift.replaces else ()
        alerts: list[Alert] = []
        for rule in self._index[DRIFT_SOURCE].candidates(drift.cause.record.source, drift.event, drift):
            if rule.sees(drift) and rule.check(drift) and rule.name not in told:
                target = drift.target
                ids = {"alert.id": alert_id(rule.name, drift.id), "drift.id": drift.id}
                alerts.append(self._alert(rule, drift, ids["alert.id"], target.key, target.account, drift.time, ids))
                if self._first_only:
                    break
        return alerts

    def match_record(self, event: TrailEvent) -> list[Alert]:
        """Return the alerts that a plain CloudTrail record raises, in the order of the rules."""
        source, name = text(event, ("eventSource",)) or "", text(event, ("eventName",)) or ""
        alerts: list[Alert] = []
        for rule in self._index[TRAIL_SOURCE].candidates(source, name, event):
            if rule.check(event):
                account = text(event, ("recipientAccountId",)) or text(event, ("userIdentity", "accountId")) or ""
                id_ = alert_id(rule.name, text(event, ("eventID",)) or event.raw.hex())
                alerts.append(self._alert(rule, event, id_, account, account, event.time, {}))
                if self._first_only:
                    break
        return alerts

    def _alert(
        self, rule: CompiledRule, event: Any, id_: str, key: str, account: str, time: int, ids: dict[str, str]
    ) -> Alert:
        fields = rule.output.fields(event)
        if rule.extra:
            fields |= {name: read(event) for name, read in rule.extra.items()}
        return Alert(
            id=id_,
            key=key,
            account=account,
            rule=rule.name,
            priority=rule.priority,
            source=rule.source,
            tags=rule.tags,
            message=rule.output.text(event),
            fields={**fields, **ids},
            time=time,
            format=self._format,
        )


def load_rules(files: Iterable[RuleFile], settings: RuleSettings) -> Loaded:
    """Load rule files for the sources that are known, with what the settings append to outputs."""
    known = sources(settings.own_accounts, settings.alerts.hostname)
    return load(files, known, settings.alerts.append_output)


def _compiled(one: LoadedRule) -> CompiledRule:
    item = one.item
    return CompiledRule(
        name=item.name,
        file=item.context.file,
        priority=item.priority,
        source=item.source or DRIFT_SOURCE,
        tags=tuple(sorted(item.tags)),
        check=one.check,
        output=one.output,
        extra=one.extra,
        beyond_changes=_asks_of(one.node, _RECORD_FIELDS),
        any_origin=_asks_of(one.node, _ORIGIN_FIELDS),
    )


def _asks_of(node: Node, names: frozenset[str]) -> bool:
    return any(name in names for name in _fields_of(node))


def _fields_of(node: Node | Argument | Any) -> Iterator[str]:
    if isinstance(node, And | Or | Parts):
        for part in node.parts:
            yield from _fields_of(part)
    elif isinstance(node, Not):
        yield from _fields_of(node.part)
    elif isinstance(node, Exists):
        yield from _fields_of(node.operand)
    elif isinstance(node, Compare):
        yield from _fields_of(node.operand)
        yield from _fields_of(node.right)
    elif isinstance(node, Transformed):
        for argument in node.arguments:
            yield from _fields_of(argument)
    elif isinstance(node, FieldRef):
        yield node.name
