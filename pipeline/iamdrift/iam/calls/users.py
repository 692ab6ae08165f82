"""Calls on users and groups. AWS reference: the IAM API reference."""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Also, Call, tagging
from iamdrift.iam.effects import Add, Clear, Create, Delete, Discard, Effect, Learn, Put, PutTags, Remove, Set


def _user(name: str, *effects: Effect, also: tuple[Also, ...] = (), cannot_tell: str = "") -> Call:
    return Call(IAM, name, "user", ("rq.userName",), effects, also, cannot_tell)


def _group(name: str, *effects: Effect, also: tuple[Also, ...] = (), cannot_tell: str = "") -> Call:
    return Call(IAM, name, "group", ("rq.groupName",), effects, also, cannot_tell)


def _policy(*effects: Effect) -> tuple[Also, ...]:
    return (Also("policy", ("rq.policyArn",), (Learn("arn", "rq.policyArn"), *effects)),)


_BOUNDS = (Also("policy", ("rq.permissionsBoundary",), (Add("boundary_for_users", "rq.userName"),)),)

USERS: tuple[Call, ...] = (
    _user(
        "CreateUser",
        Create(),
        Learn("arn", "rs.user.arn"),
        Learn("unique_id", "rs.user.userId"),
        Set("name", "rq.userName"),
        Set("path", "rq.path", "/"),
        Set("permissions_boundary", "rq.permissionsBoundary"),
        PutTags("tags", "rq.tags"),
        also=_BOUNDS,
    ),
    _user("DeleteUser", Delete()),
    _user(
        "UpdateUser",
        Set("path", "rq.newPath"),
        Set("name", "rq.newUserName"),
        cannot_tell="the new ARN, where the old one is not known",
    ),
    _user(
        "AttachUserPolicy",
        Add("managed_policy_arns", "rq.policyArn"),
        also=_policy(Add("attached_users", "rq.userName")),
    ),
    _user(
        "DetachUserPolicy",
        Remove("managed_policy_arns", "rq.policyArn"),
        also=_policy(Remove("attached_users", "rq.userName")),
    ),
    _user("PutUserPolicy", Put("inline_policies", "rq.policyName", "rq.policyDocument")),
    _user(
        "DeleteUserPolicy",
        Remove("inline_policies", "rq.policyName"),
        cannot_tell="the document that was deleted, where it was never seen",
    ),
    _user("PutUserPermissionsBoundary", Set("permissions_boundary", "rq.permissionsBoundary"), also=_BOUNDS),
    _user(
        "DeleteUserPermissionsBoundary",
        Clear("permissions_boundary"),
        cannot_tell="which boundary it was, where that was never seen",
    ),
    *tagging("user", "User", "rq.userName"),
    _user(
        "AddUserToGroup",
        Add("groups", "rq.groupName"),
        also=(Also("group", ("rq.groupName",), (Add("users", "rq.userName"),)),),
    ),
    # Removing a user who is no member is no error, so nothing is proven.
    _user(
        "RemoveUserFromGroup",
        Discard("groups", "rq.groupName"),
        also=(Also("group", ("rq.groupName",), (Discard("users", "rq.userName"),)),),
    ),
    _group(
        "CreateGroup",
        Create(),
        Learn("arn", "rs.group.arn"),
        Learn("unique_id", "rs.group.groupId"),
        Set("name", "rq.groupName"),
        Set("path", "rq.path", "/"),
    ),
    _group("DeleteGroup", Delete()),
    _group(
        "UpdateGroup",
        Set("path", "rq.newPath"),
        Set("name", "rq.newGroupName"),
        cannot_tell="the new ARN, where the old one is not known",
    ),
    _group(
        "AttachGroupPolicy",
        Add("managed_policy_arns", "rq.policyArn"),
        also=_policy(Add("attached_groups", "rq.groupName")),
    ),
    _group(
        "DetachGroupPolicy",
        Remove("managed_policy_arns", "rq.policyArn"),
        also=_policy(Remove("attached_groups", "rq.groupName")),
    ),
    _group("PutGroupPolicy", Put("inline_policies", "rq.policyName", "rq.policyDocument")),
    _group(
        "DeleteGroupPolicy",
        Remove("inline_policies", "rq.policyName"),
        cannot_tell="the document that was deleted, where it was never seen",
    ),
)
