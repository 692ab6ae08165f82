"""Calls that failed, and calls that are not known: told of, and no state is changed by them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cases import read_cases
from generated import record
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.matching.rule_set import RuleSet

_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
_TRUST = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"a"},"Action":"sts:AssumeRole"}]}'


def _failed(number: int, name: str, request: Any, code: str, message: str = "") -> dict[str, Any]:
    return {**record(number, name, request), "errorCode": code, "errorMessage": message}


def _run(*records: dict[str, Any], rules: str = "") -> list[Any]:
    core = Core(RuleSet.of((RuleFile("mine.yaml", rules),) if rules else ()))
    return core.take_all([json.dumps(one).encode() for one in records])


def _told(*records: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(drift_json(one)) for one in _run(*records) if isinstance(one, Drift)]


@pytest.mark.parametrize(("name", "request_", "code", "message", "key"), read_cases(__file__, "attempts.cases"))
def test_what_an_attempt_was_on(name: str, request_: Any, code: str, message: str, key: str) -> None:
    """The resource is found in the parameters, else in the message, else the account stands for it."""
    (told,) = _told(_failed(1, name, request_, code, message))
    assert told["target"]["key"].split(":", 3)[3] == key
    assert (told["record"], told["changes"]) == ("attempt", {})
    assert (told["error"], told["error_message"]) == (code.removesuffix("Exception"), message)


def test_a_failed_call_changes_nothing() -> None:
    """What was attached stays so, and the next record says it."""
    denied = _failed(3, "DetachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}, "AccessDenied")
    create, attach = (
        record(1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _TRUST}),
        record(2, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
    )
    told = _told(create, attach, denied, record(4, "AttachRolePolicy", {"roleName": "App", "policyArn": "arn:x/B"}))
    assert told[-1]["before"] == {"managed_policy_arns": {"known": [_ADMIN]}}
    assert _told(create, attach, denied, denied)[2:] == [told[2]], "a duplicate is told once"


@pytest.mark.parametrize(
    ("failed", "before"),
    [
        (_failed(1, "CreateRole", {"roleName": "App"}, "EntityAlreadyExistsException"), True),
        (
            _failed(1, "TagRole", {"roleName": "App"}, "NoSuchEntity", "The role with name App cannot be found."),
            False,
        ),
        (_failed(1, "AttachRolePolicy", {"roleName": "App"}, "NoSuchEntity", "Policy x does not exist."), None),
        (_failed(1, "TagRole", {"roleName": "App"}, "AccessDenied"), None),
    ],
)
def test_what_a_failure_teaches(failed: dict[str, Any], before: bool | None) -> None:
    """What already exists is there and what cannot be found is not; the rest teaches nothing."""
    core = Core(RuleSet.of(()))
    core.take_all([json.dumps(failed).encode()])
    known = [one.exists for key, one in core.snapshots().items() if key.kind != "caller"]
    assert known == ([] if before is None else [before])


def test_an_unknown_call_makes_what_it_names_stale() -> None:
    """A mutating call that the table does not know is told of, and later records of its resource say `stale`."""
    told = _told(
        record(1, "MakeRoleSing", {"roleName": "App"}),
        record(2, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
        record(3, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _TRUST}),
        record(4, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
    )
    assert [one["record"] for one in told] == ["unmodelled", "change", "change", "change"]
    assert ["stale" in one["flags"] for one in told] == [False, True, False, False]


def test_rules_see_attempts_only_when_they_ask() -> None:
    """A rule on a call fires on what happened; one that asks for errors fires on what was tried."""
    rules = (
        "- rule: done\n  condition: evt.name = AttachRolePolicy\n  output: x\n  priority: info\n"
        '- rule: tried\n  condition: drift.record = attempt and drift.error = AccessDenied\n  output: "%user"\n'
        "  priority: info\n"
        "- rule: plugin\n  condition: evt.name = AttachRolePolicy and ct.error exists\n  output: x\n  priority: info\n"
    )
    request = {"roleName": "App", "policyArn": _ADMIN}
    results = _run(
        _failed(1, "AttachRolePolicy", request, "AccessDenied"), record(2, "AttachRolePolicy", request), rules=rules
    )
    assert [one.rule for one in results if isinstance(one, Alert)] == ["tried", "plugin", "done"]
