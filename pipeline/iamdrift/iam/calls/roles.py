"""Calls on roles and instance profiles. AWS reference: the IAM API reference."""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Also, Call, tagging
from iamdrift.iam.effects import (
    Add,
    Clear,
    Create,
    Delete,
    Effect,
    Forget,
    Give,
    Learn,
    Put,
    PutTags,
    Remove,
    Set,
    Take,
)

_WHOLE = (Learn("arn", "rs.role.arn"), Learn("unique_id", "rs.role.roleId"))


def _role(
    name: str,
    *effects: Effect,
    named_by: str = "rq.roleName",
    also: tuple[Also, ...] = (),
    cannot_tell: str = "",
) -> Call:
    return Call(IAM, name, "role", (named_by,), effects, also, cannot_tell)


def _profile(name: str, *effects: Effect, also: tuple[Also, ...] = ()) -> Call:
    return Call(IAM, name, "instance-profile", ("rq.instanceProfileName",), effects, also)


_BOUNDS = (Also("policy", ("rq.permissionsBoundary",), (Add("boundary_for_roles", "rq.roleName"),)),)

ROLES: tuple[Call, ...] = (
    _role(
        "CreateRole",
        Create(),
        *_WHOLE,
        Set("path", "rq.path", "/"),
        Set("assume_role_policy", "rq.assumeRolePolicyDocument"),
        Set("description", "rq.description"),
        Set("max_session_duration", "rq.maxSessionDuration", "3600"),
        Set("permissions_boundary", "rq.permissionsBoundary"),
        PutTags("tags", "rq.tags"),
        also=_BOUNDS,
    ),
    _role(
        "AcquireRole",
        Create(),
        *_WHOLE,
        Set("path", "rs.role.path", "/"),
        Set("assume_role_policy", "rs.role.assumeRolePolicyDocument"),
        Set("description", "rs.role.description"),
        Set("max_session_duration", "rs.role.maxSessionDuration", "3600"),
        Set("permissions_boundary", "rs.role.permissionsBoundary.permissionsBoundaryArn"),
        PutTags("tags", "rs.role.tags"),
        Set("source_template", "rq.templateArn"),
        Forget("managed_policy_arns"),
        Forget("inline_policies"),
        named_by="rs.role.roleName",
        cannot_tell="policies attached and written by the role template",
    ),
    _role(
        "CreateServiceLinkedRole",
        Create(),
        *_WHOLE,
        Set("path", "rs.role.path"),
        Set("assume_role_policy", "rs.role.assumeRolePolicyDocument"),
        Set("description", "rq.description"),
        Set("max_session_duration", "rs.role.maxSessionDuration", "3600"),
        Set("service_linked", "rq.aWSServiceName", "true"),
        Forget("managed_policy_arns"),
        named_by="rs.role.roleName",
        cannot_tell="the AWS managed policy that the service attaches without an event",
    ),
    _role(
        "DeleteServiceLinkedRole",
        Set("deletion_pending", "=true"),
        cannot_tell="whether and when the service lets the role go",
    ),
    _role("DeleteRole", Delete()),
    _role("UpdateAssumeRolePolicy", Set("assume_role_policy", "rq.policyDocument")),
    # An UpdateRole without maxSessionDuration resets it (IAM API reference); without description it leaves it.
    _role(
        "UpdateRole",
        Set("description", "rq.description"),
        Set("max_session_duration", "rq.maxSessionDuration", "3600"),
    ),
    _role("UpdateRoleDescription", *_WHOLE, Set("description", "rq.description")),
    _role(
        "AttachRolePolicy",
        Add("managed_policy_arns", "rq.policyArn"),
        also=(Also("policy", ("rq.policyArn",), (Learn("arn", "rq.policyArn"), Add("attached_roles", "rq.roleName"))),),
    ),
    _role(
        "DetachRolePolicy",
        Remove("managed_policy_arns", "rq.policyArn"),
        also=(
            Also("policy", ("rq.policyArn",), (Learn("arn", "rq.policyArn"), Remove("attached_roles", "rq.roleName"))),
        ),
    ),
    _role("PutRolePolicy", Put("inline_policies", "rq.policyName", "rq.policyDocument")),
    _role(
        "DeleteRolePolicy",
        Remove("inline_policies", "rq.policyName"),
        cannot_tell="the document that was deleted, where it was never seen",
    ),
    _role("PutRolePermissionsBoundary", Set("permissions_boundary", "rq.permissionsBoundary"), also=_BOUNDS),
    _role(
        "DeleteRolePermissionsBoundary",
        Clear("permissions_boundary"),
        cannot_tell="which boundary it was, where that was never seen",
    ),
    *tagging("role", "Role", "rq.roleName"),
    _profile(
        "CreateInstanceProfile",
        Create(),
        Learn("arn", "rs.instanceProfile.arn"),
        Learn("unique_id", "rs.instanceProfile.instanceProfileId"),
        Set("path", "rq.path", "/"),
        PutTags("tags", "rq.tags"),
    ),
    _profile("DeleteInstanceProfile", Delete()),
    _profile(
        "AddRoleToInstanceProfile",
        Give("role", "rq.roleName"),
        also=(Also("role", ("rq.roleName",), (Add("instance_profiles", "rq.instanceProfileName"),)),),
    ),
    _profile(
        "RemoveRoleFromInstanceProfile",
        Take("role"),
        also=(Also("role", ("rq.roleName",), (Remove("instance_profiles", "rq.instanceProfileName"),)),),
    ),
    *tagging("instance-profile", "InstanceProfile", "rq.instanceProfileName"),
)
