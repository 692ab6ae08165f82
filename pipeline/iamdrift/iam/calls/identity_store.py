"""Calls on the users and groups of Identity Center: through the API, and through its console and directory.

AWS reference: the Identity Store API reference; the console's calls have none, their fields are from seen events. What
people are called is hidden in most events, so all is named by ids.
"""

from __future__ import annotations

from iamdrift.iam.calls.row import IDENTITY_DIRECTORY, IDENTITY_STORE, Call
from iamdrift.iam.effects import Create, Delete, Effect, Forget, Learn, Put, Replace, Set

_NETWORK = "rq.networkConfiguration"
_USER, _GROUP = "identity-store-user", "identity-store-group"
# One membership by its own id, as the API names it, or by group and user, as the console does.
_MEMBERSHIP = "identity-store-membership"
_MEMBER = "rq.member.memberId|rq.memberId"
_PAIR = f"join:rq.identityStoreId,rq.groupId,{_MEMBER}"
# A user or group that goes takes its memberships and assignments along, without events.
_GOES = "the memberships and assignments that end with it"


def _stored(name: str, kind: str, field: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IDENTITY_STORE, name, kind, (f"join:rq.identityStoreId,{field}",), effects, (), cannot_tell)


def _directory(name: str, kind: str, named_by: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IDENTITY_DIRECTORY, name, kind, (named_by,), effects, (), cannot_tell)


_API: tuple[Call, ...] = (
    _stored(
        "CreateUser",
        _USER,
        "rs.userId",
        Create(),
        Learn("arn", "rs.userArn"),
        Learn("unique_id", "rs.userId"),
        Forget("active"),
        Forget("user_name"),
        Set("user_name", "rq.userName"),
    ),
    _stored(
        "UpdateUser",
        _USER,
        "rq.userId",
        Learn("arn", "rs.userArn"),
        Set("updated", "@time"),
        Put("attributes_changed", "rq.operations.attributePath", "@time"),
        cannot_tell="the new values: they are hidden",
    ),
    _stored("DeleteUser", _USER, "rq.userId", Delete(), cannot_tell=_GOES),
    _stored(
        "CreateGroup",
        _GROUP,
        "rs.groupId",
        Create(),
        Learn("arn", "rs.groupArn"),
        Learn("unique_id", "rs.groupId"),
        Forget("display_name"),
        Set("display_name", "rq.displayName"),
    ),
    _stored(
        "UpdateGroup",
        _GROUP,
        "rq.groupId",
        Learn("arn", "rs.groupArn"),
        Set("updated", "@time"),
        Put("attributes_changed", "rq.operations.attributePath", "@time"),
        cannot_tell="the new values: they are hidden",
    ),
    _stored("DeleteGroup", _GROUP, "rq.groupId", Delete(), cannot_tell=_GOES),
    _stored(
        "CreateGroupMembership",
        _MEMBERSHIP,
        "rs.membershipId",
        Create(),
        Learn("arn", "rs.membershipArn"),
        Set("group", "rq.groupId"),
        Set("user", "rq.memberId.userId"),
    ),
    _stored(
        "DeleteGroupMembership",
        _MEMBERSHIP,
        "rq.membershipId",
        Delete(),
        cannot_tell="group and user, where it was not seen how the membership was made",
    ),
    Call(
        IDENTITY_STORE,
        "UpdateIdentityStore",
        "identity-store",
        ("rq.identityStoreId",),
        (
            Learn("arn", "rs.identityStoreArn"),
            Set("vpce_access_required", f"{_NETWORK}.vpceAccessRequired"),
            Replace("api_restrict_source_vpcs", f"{_NETWORK}.apiRestrictSourceVpcs"),
            Replace("api_allow_source_ips", f"{_NETWORK}.apiAllowSourceIps"),
            Replace("scim_allow_source_ips", f"{_NETWORK}.scimAllowSourceIps"),
        ),
        cannot_tell="whether a network list that is left out stays",
    ),
)

_CONSOLE: tuple[Call, ...] = (
    _directory(
        "CreateUser",
        _USER,
        "join:rq.identityStoreId,rs.user.userId",
        Create(),
        Learn("unique_id", "rs.user.userId"),
        Forget("user_name"),
        Set("user_name", "rq.userName"),
        Set("active", "rq.active"),
    ),
    _directory(
        "UpdateUser",
        _USER,
        "join:rq.identityStoreId,rq.userId",
        Set("updated", "@time"),
        cannot_tell="which attributes changed, and their values",
    ),
    _directory("DeleteUser", _USER, "join:rq.identityStoreId,rq.userId", Delete(), cannot_tell=_GOES),
    _directory(
        "CreateGroup",
        _GROUP,
        "join:rq.identityStoreId,rs.group.groupId",
        Create(),
        Learn("unique_id", "rs.group.groupId"),
        Forget("display_name"),
        Set("display_name", "rq.displayName"),
    ),
    _directory(
        "UpdateGroup",
        _GROUP,
        "join:rq.identityStoreId,rq.groupId",
        Set("updated", "@time"),
        cannot_tell="which attributes changed, and their values",
    ),
    _directory("DeleteGroup", _GROUP, "join:rq.identityStoreId,rq.groupId", Delete(), cannot_tell=_GOES),
    _directory("AddMemberToGroup", _MEMBERSHIP, _PAIR, Create(), Set("group", "rq.groupId"), Set("user", _MEMBER)),
    _directory(
        "RemoveMemberFromGroup",
        _MEMBERSHIP,
        _PAIR,
        Delete(),
        cannot_tell="the id of the membership, by which the API names it",
    ),
)

IDENTITY_STORE_CALLS: tuple[Call, ...] = (*_API, *_CONSOLE)
