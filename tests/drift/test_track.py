"""What one event does to a resource, in the words of the drift record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generated import record
from iamdrift.drift.json import drift_json, log_line
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.resources import schema


def _run(*records: dict[str, Any]) -> list[Any]:
    core = Core(RuleSet.of(()))
    results = core.take_all([json.dumps(one).encode() for one in records])
    assert all(isinstance(one, Drift) for one in results), results
    return [json.loads(drift_json(one)) for one in results]


def _trust(*principals: str) -> str:
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}]}
    )


_POLICY = "arn:aws:iam::123456789012:policy/team/App"
_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_creation_makes_everything_known() -> None:
    """A created role was absent before, and all of it is known after."""
    (drift,) = _run(record(1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("1")}))
    assert drift["changes"]["exists"] == {"from": False, "to": True}
    assert drift["before"]["assume_role_policy"] == {"known": None}
    assert drift["changes"]["max_session_duration"] == {"from": None, "to": 3600}
    attached = _run(
        record(1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("1")}),
        record(2, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
    )[1]
    assert attached["before"] == {"managed_policy_arns": {"known": []}}
    assert attached["after"] == {"managed_policy_arns": {"known": [_ADMIN]}}


def test_unknown_before_is_said() -> None:
    """Without a baseline, before is unknown and never null."""
    (drift,) = _run(record(1, "UpdateAssumeRolePolicy", {"roleName": "App", "policyDocument": _trust("a")}))
    assert drift["before"] == {"assume_role_policy": {"unknown": "no_baseline"}}
    assert drift["changes"]["assume_role_policy"]["added_principals"] == ["a"]


def test_detach_proves_what_was_attached() -> None:
    """A successful detach on an unseen role proves that the policy was attached."""
    (drift,) = _run(record(1, "DetachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}))
    assert drift["before"] == {"managed_policy_arns": {"partial": {"present": [_ADMIN]}}}
    assert drift["after"] == {"managed_policy_arns": {"partial": {"present": [], "absent": [_ADMIN]}}}
    assert drift["changes"] == {"managed_policy_arns": {"added": [], "removed": [_ADMIN]}}


def test_equal_meaning_is_no_drift() -> None:
    """The same trust in another order, and a policy attached twice, are no drift."""
    drifts = _run(
        record(1, "UpdateAssumeRolePolicy", {"roleName": "App", "policyDocument": _trust("a", "b")}),
        record(2, "UpdateAssumeRolePolicy", {"roleName": "App", "policyDocument": _trust("b", "a")}),
        record(3, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
        record(4, "AttachRolePolicy", {"roleName": "app", "policyArn": _ADMIN}),
    )
    assert [one["event"] for one in drifts] == ["UpdateAssumeRolePolicy", "AttachRolePolicy"]


def test_recreation_is_a_new_generation() -> None:
    """Deleted and made again, a role is known anew, counted, and compared with what it was."""
    drifts = _run(
        record(1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("1")}),
        record(2, "AttachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
        record(3, "DetachRolePolicy", {"roleName": "App", "policyArn": _ADMIN}),
        record(4, "TagRole", {"roleName": "App", "tags": [{"key": "team", "value": "a"}]}),
        record(5, "DeleteRole", {"roleName": "App"}),
        record(6, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("2")}),
        record(7, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("2")}),
    )
    assert drifts[4]["changes"]["exists"] == {"from": True, "to": False}
    assert drifts[4]["changes"]["assume_role_policy"]["removed_principals"] == ["1"]
    assert drifts[5]["target"]["generation"] == 2
    assert drifts[5]["recreated"] == {
        "assume_role_policy": {"added_principals": ["2"], "removed_principals": ["1"]},
        "tags": {"removed": {"team": "a"}},
    }
    assert drifts[5]["before"]["assume_role_policy"] == {"known": None}
    assert (drifts[6]["flags"], drifts[6]["recreated"]) == (["gap"], {}), "the deletion was missed"
    assert [one["recreated"] for one in drifts[:5]] == [None] * 5


def test_a_policy_says_whom_it_reaches() -> None:
    """A change of a policy or group names those it is attached to, or bounds, as far as events told."""
    document = '{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    drifts = _run(
        record(1, "AttachRolePolicy", {"roleName": "App", "policyArn": _POLICY}),
        record(2, "AttachGroupPolicy", {"groupName": "Ops", "policyArn": _POLICY}),
        record(3, "PutUserPermissionsBoundary", {"userName": "kit", "permissionsBoundary": _POLICY}),
        record(
            4,
            "CreatePolicyVersion",
            {"policyArn": _POLICY, "policyDocument": document, "setAsDefault": True},
            {"policyVersion": {"versionId": "v2"}},
        ),
        record(5, "DetachRolePolicy", {"roleName": "App", "policyArn": _POLICY}),
        record(6, "SetDefaultPolicyVersion", {"policyArn": _POLICY, "versionId": "v1"}),
        record(7, "AddUserToGroup", {"userName": "kit", "groupName": "Ops"}),
        record(8, "PutGroupPolicy", {"groupName": "Ops", "policyName": "p", "policyDocument": document}),
    )
    reached = {one["event"]: one["attached_to"] for one in drifts}
    assert reached["CreatePolicyVersion"] == ["group/Ops", "role/App", "user/kit"]
    assert reached["SetDefaultPolicyVersion"] == ["group/Ops", "user/kit"]
    assert reached["PutGroupPolicy"] == ["user/kit"]


def test_a_tombstone_expires() -> None:
    """A role made again after a month is a new one, compared with nothing."""
    month = 31 * 86_400
    drifts = _run(
        record(1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("1")}),
        record(2, "DeleteRole", {"roleName": "App"}),
        record(3 + month, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("2")}),
    )
    assert (drifts[2]["target"]["generation"], drifts[2]["recreated"]) == (2, None)


def test_policy_versions() -> None:
    """A staged version changes no permissions; making it the default does, and the old document comes back with v1."""
    old, new = ({"Statement": {"Effect": "Allow", "Action": f"s3:{a}", "Resource": "*"}} for a in ("GetObject", "*"))
    drifts = _run(
        record(
            1,
            "CreatePolicy",
            {"policyName": "App", "policyDocument": json.dumps(old)},
            {"policy": {"arn": _POLICY, "defaultVersionId": "v1"}},
        ),
        record(
            2,
            "CreatePolicyVersion",
            {"policyArn": _POLICY, "policyDocument": json.dumps(new)},
            {"policyVersion": {"versionId": "v2"}},
        ),
        record(3, "SetDefaultPolicyVersion", {"policyArn": _POLICY, "versionId": "v2"}),
        record(4, "SetDefaultPolicyVersion", {"policyArn": _POLICY, "versionId": "v1"}),
    )
    assert drifts[1]["changes"] == {"versions": {"added": ["v2"], "removed": []}}
    assert drifts[2]["changes"]["policy_document"]["added_actions"] == ["s3:*"]
    assert drifts[3]["changes"]["policy_document"]["added_actions"] == ["s3:GetObject"]
    assert drifts[0]["target"]["arn"] == _POLICY


def test_a_version_never_seen_is_unknown() -> None:
    """Rolling back to a version nobody saw says that its document is needed."""
    (drift,) = _run(record(1, "SetDefaultPolicyVersion", {"policyArn": _POLICY, "versionId": "v1"}))
    assert drift["changes"]["default_version_id"] == {"to": "v1"}
    assert drift["after"]["default_version_id"] == {"known": "v1"}


def test_role_update_and_tags() -> None:
    """UpdateRole without a duration resets it; tags are told by key."""
    drifts = _run(
        record(
            1, "CreateRole", {"roleName": "App", "assumeRolePolicyDocument": _trust("1"), "maxSessionDuration": 7200}
        ),
        record(2, "UpdateRole", {"roleName": "App", "description": "new"}),
        record(3, "TagRole", {"roleName": "App", "tags": [{"key": "team", "value": "a"}]}),
        record(4, "TagRole", {"roleName": "App", "tags": [{"key": "team", "value": "b"}]}),
        record(5, "UntagRole", {"roleName": "App", "tagKeys": ["team"]}),
    )
    assert drifts[1]["changes"] == {
        "description": {"from": None, "to": "new"},
        "max_session_duration": {"from": 7200, "to": 3600},
    }
    assert drifts[3]["changes"] == {"tags": {"changed": {"team": {"from": "a", "to": "b"}}}}
    assert drifts[4]["changes"] == {"tags": {"removed": {"team": "b"}}}


def test_other_services_calls_of_the_same_name_are_not_ours() -> None:
    """CreatePolicy exists in five services; only IAM's makes IAM drift."""
    assert _run({**record(1, "CreatePolicy", {"policyName": "x"}), "eventSource": "iot.amazonaws.com"}) == []


def test_json_has_the_fields_of_its_schema() -> None:
    """The record on Kafka has exactly the fields that drift.avsc lists, in its order, and ids are stable."""
    events = [record(1, "TagUser", {"userName": "u", "tags": [{"key": "a", "value": "b"}]})]
    (drift,) = _run(*events)
    assert list(drift) == [field["name"] for field in json.loads(schema("drift.avsc"))["fields"]]
    assert drift == _run(*events)[0]
    (result,) = Core(RuleSet.of(())).take_all([json.dumps(events[0]).encode()])
    assert isinstance(result, Drift)
    assert list(json.loads(log_line(result))) == ["service", "event", "resource", "changes", "user", "timestamp"]


@pytest.mark.parametrize(
    ("member", "evidence"),
    [
        ({"userIdentity": {"type": "Root", "invokedBy": "sso.amazonaws.com"}}, "invoked by sso.amazonaws.com"),
        ({"sourceIPAddress": "sso.amazonaws.com"}, "called from sso.amazonaws.com"),
        ({}, ""),
    ],
)
def test_roles_of_identity_center_name_their_permission_set(member: dict[str, Any], evidence: str) -> None:
    """What the service makes of a permission set says so, and of which; the name alone is no evidence."""
    role = {"roleName": "AWSReservedSSO_Data_Admins_0123456789abcdef", "assumeRolePolicyDocument": _trust("1")}
    (drift,) = _run(record(1, "CreateRole", role) | member)
    expected = {"kind": "identity-center", "evidence": evidence, "permission_set": "Data_Admins"}
    nothing = {"kind": "unknown", "evidence": "", "permission_set": ""}
    assert drift["origin"] == (expected if evidence else nothing)
