"""Rule files: what loads, what is refused and where, and what fires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from generated import record
from iamdrift.errors import RuleError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.engine import RuleSet
from iamdrift.falco.rules import RuleFile
from iamdrift.resources import schema
from iamdrift.rule_files import rule_files

_ROOT = Path(__file__).resolve().parents[2]
_AS_WRITTEN = """\
rule: iam_role_trust_policy_modified
condition: cloud.service = "iam" and evt.name = "UpdateAssumeRolePolicy"
output: "IAM Role Trust Policy Modified (role=%resource user=%user changes=%drift.changes)"
priority: critical
---
rule: iam_admin_policy_attached
condition: cloud.service = "iam" and evt.name in ("AttachRolePolicy","AttachUserPolicy") and drift.policy_arn contains "AdministratorAccess"
output: "Admin Policy Attached (resource=%resource policy=%drift.policy_arn user=%user)"
priority: error
"""  # noqa: E501
_RULE = "- rule: r\n  condition: {}\n  output: {}\n  priority: {}\n"
_TAG = record(1, "TagRole", {"roleName": "App", "tags": [{"key": "a", "value": "b"}]})


def _alerts(rules: RuleSet, *records: dict[str, Any]) -> list[Alert]:
    results = Core(rules).take_all([json.dumps(one).encode() for one in records])
    return [one for one in results if isinstance(one, Alert)]


def _records(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Make the records of a rule's own test case; its `record` replaces members of each."""
    calls = [call for one in case["calls"] for call in one.items()]
    return [{**record(at, *call), **case.get("record", {})} for at, call in enumerate(calls)]


def _rules(text: str, matching: str = "all") -> RuleSet:
    return RuleSet.of((RuleFile("mine.yaml", text),), matching)


def test_alerts_are_as_the_schema_says() -> None:
    """Every alert of the bundled rules' own events is valid by schemas/alert.json, one line, keys sorted."""
    valid = Draft202012Validator(json.loads(schema("alert.json")))
    rules = RuleSet.of(rule_files((), bundled=True))
    fired = 0
    for file in sorted((_ROOT / "rules" / "tests").glob("*.yaml")):
        for case in yaml.safe_load(file.read_text())["fires"]:
            for alert in _alerts(rules, *_records(case)):
                line = alert.to_json()
                body = json.loads(line)
                valid.validate(body)
                assert line == json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
                fired += 1
    assert fired >= len(rules.rules)


def test_rules_as_written_load_and_fire() -> None:
    """Rules that are single mappings without desc load with a warning, and fire."""
    rules = _rules(_AS_WRITTEN)
    assert [one.code for one in rules.warnings] == ["LOAD_SINGLE_ITEM"] * 2
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "a"}, "Action": "sts:AssumeRole"}]})
    first, second = _alerts(
        rules,
        record(1, "UpdateAssumeRolePolicy", {"roleName": "App", "policyDocument": trust}),
        record(2, "AttachUserPolicy", {"userName": "kit", "policyArn": admin}),
        record(3, "AttachUserPolicy", {"userName": "kit", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    )
    assert first.message.startswith("IAM Role Trust Policy Modified (role=App user=ops changes={")
    assert second.message == f"Admin Policy Attached (resource=kit policy={admin} user=ops)"
    assert (first.priority, second.priority) == ("Critical", "Error")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_RULE.format("evt.nam = x", "o", "info"), "mine.yaml:2:14: rule 'r': unknown field 'evt.nam'"),
        (_RULE.format("evt.name = x", "o", "loud"), "mine.yaml:4:13: unknown priority 'loud'"),
        (_RULE.format("evt.name = x", "50%", "info"), "cannot be escaped"),
        ("- rule: r\n", "mine.yaml:1:3: expected a text under 'priority'"),
        ("a: [", "mine.yaml:1:5: not YAML"),
        ("- macro: m\n  condition: m\n" + _RULE.format("m", "o", "info"), "reference loop in macro 'm'"),
    ],
)
def test_errors_are_placed(text: str, message: str) -> None:
    """What is wrong in a rule file is told with file, line and column."""
    with pytest.raises(RuleError) as caught:
        _rules(text)
    assert message in str(caught.value)


def test_all_errors_of_a_file_come_at_once() -> None:
    """A rule author sees everything that is wrong in one go."""
    with pytest.raises(RuleError) as caught:
        _rules(_RULE.format("a.b = x", "o", "info") + _RULE.replace("r\n", "s\n").format("c.d = x", "o", "info"))
    assert len(str(caught.value).splitlines()) == 2


def test_lists_macros_and_redefinition() -> None:
    """Lists are put in as text, macros as trees, and a rule of the same name takes the place of the first."""
    text = (
        "- list: calls\n  items: [TagRole, UntagRole]\n- macro: tagging\n  condition: evt.name in (calls)\n"
        + _RULE.format("evt.name = Nothing", "o", "info")
        + _RULE.format("tagging and resource.kind = role", "tagged %resource.name by %user.name%resource", "info")
    )
    (alert,) = _alerts(_rules(text), _TAG)
    assert alert.message == "tagged App by opsApp"
    assert alert.priority == "Informational"


def test_matching_all_or_first() -> None:
    """Every matching rule fires, unless told to stop at the first as Falco does; a disabled one never does."""
    rules = "".join(
        _RULE.replace("r\n", f"r{n}\n", 1).format("evt.name = TagRole", "o", "info") + f"  enabled: {e}\n"
        for n, e in ((1, "false"), (2, "true"), (3, "yes"))
    )
    assert [one.rule for one in _alerts(_rules(rules), _TAG)] == ["r2", "r3"]
    assert [one.rule for one in _alerts(_rules(rules, "first"), _TAG)] == ["r2"]


def test_unknown_source_is_skipped_with_a_warning() -> None:
    """A rule for another source is not lost in silence."""
    rules = _rules(_RULE.format("evt.type = open", "o", "info") + "  source: syscall\n  kind: x\n")
    assert {one.code for one in rules.warnings} == {"LOAD_UNKNOWN_SOURCE", "LOAD_UNKNOWN_KEY"}
    assert rules.rules == []


def test_alert_json_is_falcos() -> None:
    """Keys sorted, time with nine digits, missing fields null; the same event gives the same bytes again."""
    rules = _rules(_RULE.format("evt.name = TagRole", '"%resource.arn %json.value[/awsRegion] %ct.name"', "warning"))
    (alert,) = _alerts(rules, _TAG)
    line = json.loads(alert.to_json())
    assert list(line) == sorted(line)
    assert line["time"] == "2026-09-01T00:00:01.000000000Z"
    assert line["output"] == "2026-09-01T00:00:01.000000000+0000: Warning <NA> us-east-1 TagRole"
    assert line["output_fields"]["resource.arn"] is None
    assert line["output_fields"]["json.value[/awsRegion]"] == "us-east-1"
    assert line["output_fields"]["alert.id"] == alert.id
    assert (line["rule"], line["priority"], line["source"], line["tags"]) == ("r", "Warning", "iam_drift", [])
    assert _alerts(rules, _TAG)[0].to_json() == alert.to_json()


_PACK = {
    name: yaml.safe_load((_ROOT / "rules" / "tests" / f"{name}.yaml").read_text())
    for name in (rule.rule.name for rule in RuleSet.of(rule_files((), bundled=True)).rules)
}


@pytest.mark.parametrize(
    ("rule", "fires", "case"),
    [
        (rule, side == "fires", case)
        for rule, sides in _PACK.items()
        for side in ("fires", "silent")
        for case in sides[side]
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else str(value),
)
def test_rule_pack(rule: str, fires: bool, case: dict[str, Any]) -> None:
    """A bundled rule fires on the events that its test file says, and not on the others."""
    events = _records(case)
    assert (rule in {one.rule for one in _alerts(RuleSet.of(rule_files((), bundled=True)), *events)}) is fires


def test_every_bundled_rule_has_both_kinds_of_event() -> None:
    """No rule ships without an event that fires it and one that does not."""
    assert all(sides["fires"] and sides["silent"] for sides in _PACK.values())


_BY_SERVICE = {"userIdentity": {"type": "Root", "accountId": "123456789012", "invokedBy": "sso.amazonaws.com"}}
_RESERVED = "AWSReservedSSO_Admins_0123456789abcdef"


@pytest.mark.parametrize(
    ("role", "who", "condition", "fires"),
    [
        (_RESERVED, _BY_SERVICE, "evt.name = AttachRolePolicy", False),
        (_RESERVED, _BY_SERVICE, "drift.origin = identity-center and drift.permission_set = Admins", True),
        (_RESERVED, {}, "evt.name = AttachRolePolicy", True),
        ("App", _BY_SERVICE, "evt.name = AttachRolePolicy", True),
    ],
)
def test_what_identity_center_does_to_its_roles(role: str, who: dict[str, Any], condition: str, *, fires: bool) -> None:
    """It follows from a change of the permission set, which alarms; rules see it only when they ask of the origin."""
    request = {"roleName": role, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    alerts = _alerts(_rules(_RULE.format(condition, "x", "error")), record(1, "AttachRolePolicy", request) | who)
    assert bool(alerts) is fires
