"""Calls on an organization: what its policies say and where they are attached, its accounts and who administers it.

AWS reference: the AWS Organizations API reference. What a policy of the organization withholds, it withholds from all
accounts below; the event names only where it is attached.
"""

from __future__ import annotations

from iamdrift.iam.calls.row import ORGANIZATIONS, Also, Call
from iamdrift.iam.effects import (
    Add,
    Clear,
    Create,
    Delete,
    Discard,
    Effect,
    Forget,
    Learn,
    PutTags,
    Remove,
    Set,
)

_TARGETS = "org-root|org-ou|org-account"
_TAGGED = f"{_TARGETS}|org-policy|org-resource-policy|org-responsibility-transfer"
_ADMINISTRATOR = "join:rq.accountId,rq.servicePrincipal"
_TRANSFER = "rs.responsibilityTransfer"
_DEFAULT_POLICY = "the policies AWS attaches by itself, as FullAWSAccess"


def _call(
    name: str,
    kind: str,
    field: str,
    *effects: Effect,
    also: tuple[Also, ...] = (),
    cannot_tell: str = "",
) -> Call:
    return Call(ORGANIZATIONS, name, kind, (field,), effects, also, cannot_tell)


def _account(name: str, *effects: Effect, also: tuple[Also, ...] = (), cannot_tell: str = "") -> Call:
    return _call(name, "org-account", "rq.accountId", *effects, also=also, cannot_tell=cannot_tell)


def _organization(name: str, *effects: Effect, also: tuple[Also, ...] = (), cannot_tell: str = "") -> Call:
    # Most of these calls name nothing: the organization is the one of the account.
    return _call(name, "organization", "@account", *effects, also=also, cannot_tell=cannot_tell)


def _attachment(name: str, change: type[Add | Remove], cannot_tell: str) -> Call:
    policy = Also("org-policy", ("rq.policyId",), (change("targets", "rq.targetId"),))
    effect = change("policies", "rq.policyId")
    return _call(name, _TARGETS, "rq.targetId", effect, also=(policy,), cannot_tell=cannot_tell)


def _administration(name: str, change: type[Add | Remove]) -> Call:
    whole = Also("organization", ("@account",), (change("delegated_administrators", _ADMINISTRATOR),))
    return _account(name, change("delegated_services", "rq.servicePrincipal"), also=(whole,))


def _account_request(name: str) -> Call:
    return _call(
        name,
        "org-account-request",
        "rs.createAccountStatus.id",
        Create(),
        Set("state", "rs.createAccountStatus.state"),
        Set("role_name", "rq.roleName", "OrganizationAccountAccessRole"),
        Set("iam_user_access_to_billing", "rq.iamUserAccessToBilling", "ALLOW"),
        Set("account", "rs.createAccountStatus.accountId"),
        Set("govcloud_account", "rs.createAccountStatus.govCloudAccountId"),
        PutTags("tags", "rq.tags"),
        cannot_tell="whether it succeeds, and the new account: the call only begins it",
    )


def _invitation(name: str, *effects: Effect, cannot_tell: str) -> Call:
    return _call(
        name,
        "org-handshake",
        "rs.handshake.id",
        Create(),
        Learn("arn", "rs.handshake.arn"),
        Set("action", "rs.handshake.action"),
        Set("state", "rs.handshake.state", "REQUESTED"),
        *effects,
        cannot_tell=cannot_tell,
    )


def _answer(name: str, state: str, cannot_tell: str = "") -> Call:
    return _call(
        name,
        "org-handshake",
        "rq.handshakeId",
        Learn("arn", "rs.handshake.arn"),
        Set("action", "rs.handshake.action"),
        Set("state", "rs.handshake.state", state),
        cannot_tell=cannot_tell,
    )


_INVITED = (Forget("target"), Set("target", "rq.target.id"), Set("target_type", "rq.target.type"))

_POLICIES: tuple[Call, ...] = (
    _call(
        "CreatePolicy",
        "org-policy",
        "rs.policy.policySummary.id",
        Create(),
        Learn("arn", "rs.policy.policySummary.arn"),
        Set("name", "rq.name"),
        Set("description", "rq.description"),
        Set("type", "rq.type"),
        Set("content", "rq.content"),
        PutTags("tags", "rq.tags"),
    ),
    _call(
        "UpdatePolicy",
        "org-policy",
        "rq.policyId",
        Learn("arn", "rs.policy.policySummary.arn"),
        Set("name", "rq.name"),
        Set("description", "rq.description"),
        Set("type", "rs.policy.policySummary.type"),
        Set("content", "rq.content"),
    ),
    _call("DeletePolicy", "org-policy", "rq.policyId", Delete()),
    _attachment("AttachPolicy", Add, "the accounts below, for which it now holds"),
    _attachment("DetachPolicy", Remove, "the accounts below, for which it no longer holds"),
    _call(
        "EnablePolicyType",
        "org-root",
        "rq.rootId",
        Learn("arn", "rs.root.arn"),
        Add("policy_types", "rq.policyType"),
        cannot_tell=_DEFAULT_POLICY,
    ),
    # AWS detaches every policy of the type, from the root and all below it, without events.
    _call(
        "DisablePolicyType",
        "org-root",
        "rq.rootId",
        Learn("arn", "rs.root.arn"),
        Remove("policy_types", "rq.policyType"),
        Forget("policies"),
        cannot_tell="the policies that it detaches from the root, from units and from accounts",
    ),
    _organization(
        "PutResourcePolicy",
        Set("resource_policy", "rq.content"),
        also=(
            Also(
                "org-resource-policy",
                ("rs.resourcePolicy.resourcePolicySummary.id",),
                (Learn("arn", "rs.resourcePolicy.resourcePolicySummary.arn"), PutTags("tags", "rq.tags")),
            ),
        ),
    ),
    _organization(
        "DeleteResourcePolicy",
        Clear("resource_policy"),
        cannot_tell="the document that was deleted, where it was never seen",
    ),
)

_TREE: tuple[Call, ...] = (
    _organization(
        "CreateOrganization",
        Create(),
        Learn("arn", "rs.organization.arn"),
        Learn("unique_id", "rs.organization.id"),
        Set("feature_set", "rq.featureSet", "ALL"),
        cannot_tell="the id of its root",
    ),
    _organization("DeleteOrganization", Delete()),
    _call(
        "CreateOrganizationalUnit",
        "org-ou",
        "rs.organizationalUnit.id",
        Create(),
        Learn("arn", "rs.organizationalUnit.arn"),
        Set("name", "rq.name"),
        Set("parent", "rq.parentId"),
        Forget("policies"),
        PutTags("tags", "rq.tags"),
        cannot_tell=_DEFAULT_POLICY,
    ),
    _call(
        "UpdateOrganizationalUnit",
        "org-ou",
        "rq.organizationalUnitId",
        Learn("arn", "rs.organizationalUnit.arn"),
        Set("name", "rq.name"),
    ),
    _call("DeleteOrganizationalUnit", "org-ou", "rq.organizationalUnitId", Delete()),
    _account_request("CreateAccount"),
    _account_request("CreateGovCloudAccount"),
    _account(
        "MoveAccount",
        Add("parent", "rq.destinationParentId"),
        Remove("parent", "rq.sourceParentId"),
        cannot_tell="the policies that hold for the account by its old and new parents",
    ),
    _account("CloseAccount", Set("state", "=PENDING_CLOSURE"), cannot_tell="whether and when it is closed"),
    _account("RemoveAccountFromOrganization", Delete()),
    _call("LeaveOrganization", "org-account", "@account", Delete(), cannot_tell="which organization it leaves"),
    _call("TagResource", _TAGGED, "rq.resourceId", PutTags("tags", "rq.tags")),
    _call("UntagResource", _TAGGED, "rq.resourceId", Discard("tags", "rq.tagKeys")),
)

_TRUST: tuple[Call, ...] = (
    _administration("RegisterDelegatedAdministrator", Add),
    _administration("DeregisterDelegatedAdministrator", Remove),
    _organization("EnableAWSServiceAccess", Add("aws_service_access_principals", "rq.servicePrincipal")),
    # Nothing says that the service must have had access, so nothing is proven.
    _organization("DisableAWSServiceAccess", Discard("aws_service_access_principals", "rq.servicePrincipal")),
    _invitation("InviteAccountToOrganization", *_INVITED, cannot_tell="whether it is accepted"),
    _invitation(
        "InviteOrganizationToTransferResponsibility",
        *_INVITED,
        Set("responsibility", "rq.type"),
        Set("start", "rq.startTimestamp"),
        cannot_tell="whether it is accepted",
    ),
    _invitation("EnableAllFeatures", cannot_tell="when all features are on: every invited account must agree first"),
    _answer("AcceptHandshake", "ACCEPTED", "what comes of it: the account that joins, the features that are now on"),
    _answer("DeclineHandshake", "DECLINED"),
    _answer("CancelHandshake", "CANCELED"),
    _call(
        "UpdateResponsibilityTransfer",
        "org-responsibility-transfer",
        "rq.id",
        Learn("arn", f"{_TRANSFER}.arn"),
        Forget("name"),
        Set("name", "rq.name"),
        Set("status", f"{_TRANSFER}.status"),
    ),
    _call(
        "TerminateResponsibilityTransfer",
        "org-responsibility-transfer",
        "rq.id",
        Learn("arn", f"{_TRANSFER}.arn"),
        Set("status", f"{_TRANSFER}.status"),
        Set("end", f"{_TRANSFER}.endTimestamp|rq.endTimestamp"),
    ),
)

ORGANIZATIONS_CALLS: tuple[Call, ...] = (*_POLICIES, *_TREE, *_TRUST)
