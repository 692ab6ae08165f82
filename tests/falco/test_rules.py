"""Rule files: what loads, what is refused and where, and what fires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generated import record
from iamdrift.errors import RuleError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.falco.matching.selection import RuleSettings
from iamdrift.resources import bundled_cases, schema
from iamdrift.rule_cases import read_cases
from iamdrift.rule_files import Rules, rule_files
from iamdrift.rule_tests import run_cases

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


def _rules(text: str, matching: str = "all") -> RuleSet:
    return RuleSet.of((RuleFile("mine.yaml", text),), RuleSettings(matching=matching))


def test_alerts_are_as_the_schema_says() -> None:
    """Every alert of the bundled rules' own events is valid by schemas/alert.json, one line, keys sorted."""
    valid = Draft202012Validator(json.loads(schema("alert.json")))
    rules = RuleSet.of(rule_files((), bundled=True))
    fired = 0
    for file in bundled_cases():
        for case in read_cases(file).fires:
            for alert in Core(rules).take_all([line for lines in case.records() for line in lines]):
                if isinstance(alert, Alert):
                    line = alert.to_json()
                    body = json.loads(line)
                    valid.validate(body)
                    assert line == json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
                    fired += 1
    assert fired >= len(rules.rules)


def test_rules_as_written_load_and_fire() -> None:
    """Rules that are single mappings without desc load with a warning, and fire."""
    rules = _rules(_AS_WRITTEN)
    assert [one.code for one in rules.warnings] == ["LOAD_WARNING_EXTENSION"] * 2
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
        (
            _RULE.format("evt.nam = x", "o", "info"),
            "mine.yaml:2:14: rule 'r': condition, line 1, column 1: filter_check called with nonexistent field evt.nam",
        ),
        (_RULE.format("evt.name = x", "o", "loud"), "mine.yaml:4:13: rule 'r': Invalid priority"),
        (_RULE.format("evt.name = x", "50% x", "info"), "cannot be escaped"),
        ("- rule: r\n", "mine.yaml:1:3: rule 'r': Item has no mapping for key 'enabled'"),
        ("a: [", "mine.yaml:2:1: yaml error at line 2"),
        (
            "- macro: m\n  condition: evt.name = x\n- macro: m\n  condition: m\n" + _RULE.format("m", "o", "info"),
            "reference loop in macro 'm'",
        ),
    ],
)
def test_errors_are_placed(text: str, message: str) -> None:
    """What is wrong in a rule file is told with file, line and column."""
    with pytest.raises(RuleError) as caught:
        _rules(text)
    assert message in str(caught.value)


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
    rules = _rules(_RULE.format("evt.type = open", "o", "info") + "  desc: d\n  source: syscall\n  kind: x\n")
    assert {one.code for one in rules.warnings} == {"LOAD_UNKNOWN_SOURCE", "LOAD_UNKNOWN_KEY"}
    assert rules.rules == []


def test_alert_json_is_falcos() -> None:
    """Keys sorted, time with nine digits, missing fields null; the same event gives the same bytes again."""
    rules = _rules(_RULE.format("evt.name = TagRole", '"%resource.arn %json.value[/awsRegion] %ct.name"', "warning"))
    (alert,) = _alerts(rules, _TAG)
    line = json.loads(alert.to_json())
    assert list(line) == sorted(line)
    assert line["time"] == "2026-09-01T00:00:01.000000000Z"
    assert line["output"] == "00:00:01.000000000: Warning <NA> us-east-1 TagRole"
    assert line["output_fields"]["resource.arn"] is None
    assert line["output_fields"]["json.value[/awsRegion]"] == "us-east-1"
    assert line["output_fields"]["alert.id"] == alert.id
    assert (line["rule"], line["priority"], line["source"], line["tags"]) == ("r", "Warning", "iam_drift", [])
    assert _alerts(rules, _TAG)[0].to_json() == alert.to_json()


def test_rule_pack() -> None:
    """Every rule that ships fires on the events that its cases say, and on no others, and has both kinds of cases."""
    files = rule_files((), bundled=True)
    outcomes = list(run_cases(bundled_cases(), Rules(files), {file.name for file in files}))
    assert [one for one in outcomes if not one.passed] == []
    assert len(outcomes) > 30


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
