"""The call table: what each mutating call does to which resource. One row a call; a new call is a new row.

AWS reference: the IAM API reference and the botocore service model, which a test holds every row against.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from iamdrift.iam.effects import (
    Add,
    Clear,
    Copy,
    Create,
    Delete,
    Effect,
    Learn,
    Put,
    PutTags,
    Remove,
    RemoveEach,
    Set,
    When,
)

IAM = "iam.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Call:
    """A mutating call: the kind of resource it changes, the fields that name it (first found wins), its effects."""

    source: str
    name: str
    kind: str
    named_by: tuple[str, ...]
    effects: tuple[Effect, ...]


def _role(name: str, *effects: Effect) -> Call:
    return Call(IAM, name, "role", ("rq.roleName", "rs.role.roleName"), effects)


def _user(name: str, *effects: Effect) -> Call:
    return Call(IAM, name, "user", ("rq.userName", "rs.user.userName"), effects)


def _policy(name: str, *effects: Effect) -> Call:
    return Call(IAM, name, "policy", ("rq.policyArn",), (Learn("arn", "rq.policyArn"), *effects))


_CALLS: tuple[Call, ...] = (
    # Roles
    _role(
        "CreateRole",
        Create(),
        Learn("arn", "rs.role.arn"),
        Learn("unique_id", "rs.role.roleId"),
        Set("path", "rq.path", "/"),
        Set("assume_role_policy", "rq.assumeRolePolicyDocument"),
        Set("description", "rq.description"),
        Set("max_session_duration", "rq.maxSessionDuration", "3600"),
        Set("permissions_boundary", "rq.permissionsBoundary"),
        PutTags("tags", "rq.tags"),
    ),
    _role("DeleteRole", Delete()),
    _role("UpdateAssumeRolePolicy", Set("assume_role_policy", "rq.policyDocument")),
    # An UpdateRole without maxSessionDuration resets it (IAM API reference); without description it leaves it.
    _role(
        "UpdateRole",
        Set("description", "rq.description"),
        Set("max_session_duration", "rq.maxSessionDuration", "3600"),
    ),
    _role(
        "UpdateRoleDescription",
        Learn("arn", "rs.role.arn"),
        Learn("unique_id", "rs.role.roleId"),
        Set("description", "rq.description"),
    ),
    _role("AttachRolePolicy", Add("managed_policy_arns", "rq.policyArn")),
    _role("DetachRolePolicy", Remove("managed_policy_arns", "rq.policyArn")),
    _role("PutRolePolicy", Put("inline_policies", "rq.policyName", "rq.policyDocument")),
    _role("DeleteRolePolicy", Remove("inline_policies", "rq.policyName")),
    _role("PutRolePermissionsBoundary", Set("permissions_boundary", "rq.permissionsBoundary")),
    _role("DeleteRolePermissionsBoundary", Clear("permissions_boundary")),
    _role("TagRole", PutTags("tags", "rq.tags")),
    _role("UntagRole", RemoveEach("tags", "rq.tagKeys")),
    # Users
    _user(
        "CreateUser",
        Create(),
        Learn("arn", "rs.user.arn"),
        Learn("unique_id", "rs.user.userId"),
        Set("name", "rq.userName"),
        Set("path", "rq.path", "/"),
        Set("permissions_boundary", "rq.permissionsBoundary"),
        PutTags("tags", "rq.tags"),
    ),
    _user("DeleteUser", Delete()),
    _user("UpdateUser", Set("path", "rq.newPath"), Set("name", "rq.newUserName")),
    _user("AttachUserPolicy", Add("managed_policy_arns", "rq.policyArn")),
    _user("DetachUserPolicy", Remove("managed_policy_arns", "rq.policyArn")),
    _user("PutUserPolicy", Put("inline_policies", "rq.policyName", "rq.policyDocument")),
    _user("DeleteUserPolicy", Remove("inline_policies", "rq.policyName")),
    _user("PutUserPermissionsBoundary", Set("permissions_boundary", "rq.permissionsBoundary")),
    _user("DeleteUserPermissionsBoundary", Clear("permissions_boundary")),
    _user("TagUser", PutTags("tags", "rq.tags")),
    _user("UntagUser", RemoveEach("tags", "rq.tagKeys")),
    # Managed policies: named by their ARN, except when they are made
    Call(
        IAM,
        "CreatePolicy",
        "policy",
        ("rq.policyName",),
        (
            Create(),
            Learn("arn", "rs.policy.arn"),
            Learn("unique_id", "rs.policy.policyId"),
            Set("path", "rq.path", "/"),
            Set("policy_document", "rq.policyDocument"),
            Set("default_version_id", "rs.policy.defaultVersionId", "v1"),
            Put("versions", "rs.policy.defaultVersionId", "rq.policyDocument"),
            Set("description", "rq.description"),
            PutTags("tags", "rq.tags"),
        ),
    ),
    _policy("DeletePolicy", Delete()),
    _policy(
        "CreatePolicyVersion",
        Put("versions", "rs.policyVersion.versionId", "rq.policyDocument"),
        When(
            "rq.setAsDefault",
            (
                Set("policy_document", "rq.policyDocument"),
                Set("default_version_id", "rs.policyVersion.versionId"),
            ),
        ),
    ),
    _policy(
        "SetDefaultPolicyVersion",
        Copy("policy_document", "versions", "rq.versionId"),
        Set("default_version_id", "rq.versionId"),
    ),
    _policy("DeletePolicyVersion", Remove("versions", "rq.versionId")),
    _policy("TagPolicy", PutTags("tags", "rq.tags")),
    _policy("UntagPolicy", RemoveEach("tags", "rq.tagKeys")),
)

CALLS: MappingProxyType[tuple[str, str], Call] = MappingProxyType({(call.source, call.name): call for call in _CALLS})


def modelled_calls() -> dict[str, frozenset[str]]:
    """Return the names of the calls in the table, by event source."""
    names: dict[str, set[str]] = {}
    for source, name in CALLS:
        names.setdefault(source, set()).add(name)
    return {source: frozenset(found) for source, found in names.items()}
