"""Calls on IAM Identity Center: permission sets, who has them where, instances, token issuers.

AWS reference: the IAM Identity Center API reference. Permission sets have no effect in an account before they are
provisioned there; the roles that come of it are IAM's own events.
"""

from __future__ import annotations

from iamdrift.iam.calls.row import IDENTITY_CENTER, Also, Call
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
    Replace,
    ReplaceMap,
    Set,
)

_SET, _INSTANCE, _ISSUER = "rq.permissionSetArn", "rq.instanceArn", "rq.trustedTokenIssuerArn"
PRINCIPAL = "join:rq.principalType,rq.principalId|=(hidden)"
_UNPROVISIONED = "when the change reaches the accounts: that takes a ProvisionPermissionSet"
_NETWORK = "rq.networkConfiguration"
_ATTRIBUTES = "rq.instanceAccessControlAttributeConfiguration.accessControlAttributes"
_OIDC = "rq.trustedTokenIssuerConfiguration.oidcJwtConfiguration"


def _customer_managed(side: str) -> str:
    # Named by path and name, and looked for in each account; a path that is left out is the root.
    reference = f"{side}.customerManagedPolicyReference"
    return f"join:{reference}.path|=/,{reference}.name"


_CUSTOMER_POLICY = _customer_managed("rq")


def _set(name: str, *effects: Effect, cannot_tell: str = _UNPROVISIONED) -> Call:
    return Call(IDENTITY_CENTER, name, "permission-set", (_SET,), (Learn("arn", _SET), *effects), (), cannot_tell)


def _assignment(name: str, *effects: Effect, also: tuple[Effect, ...] = (), cannot_tell: str) -> Call:
    place = (f"join:{_SET},rq.targetId",)
    further = (Also("permission-set", (_SET,), (Learn("arn", _SET), *also)),)
    return Call(IDENTITY_CENTER, name, "assignment", place, effects, further, cannot_tell)


def _instance(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    learnt = (Learn("arn", _INSTANCE), *effects)
    return Call(IDENTITY_CENTER, name, "sso-instance", (_INSTANCE,), learnt, (), cannot_tell)


def _tagging(name: str, effect: Effect) -> Call:
    kinds = "permission-set|sso-instance|sso-application|sso-token-issuer"
    return Call(IDENTITY_CENTER, name, kinds, ("rq.resourceArn",), (Learn("arn", "rq.resourceArn"), effect))


IDENTITY_CENTER_CALLS: tuple[Call, ...] = (
    Call(
        IDENTITY_CENTER,
        "CreatePermissionSet",
        "permission-set",
        ("rs.permissionSet.permissionSetArn",),
        (
            Create(),
            Learn("arn", "rs.permissionSet.permissionSetArn"),
            Set("name", "rq.name"),
            Set("description", "rq.description"),
            Set("session_duration", "rq.sessionDuration", "PT1H"),
            Set("relay_state", "rq.relayState"),
            PutTags("tags", "rq.tags"),
        ),
    ),
    # What is left out of an update stays as it is.
    _set(
        "UpdatePermissionSet",
        Set("description", "rq.description"),
        Set("session_duration", "rq.sessionDuration"),
        Set("relay_state", "rq.relayState"),
    ),
    _set("DeletePermissionSet", Delete(), cannot_tell=""),
    _set("PutInlinePolicyToPermissionSet", Set("inline_policy", "rq.inlinePolicy")),
    _set(
        "DeleteInlinePolicyFromPermissionSet",
        Clear("inline_policy"),
        cannot_tell=f"the document that was deleted, where it was never seen; {_UNPROVISIONED}",
    ),
    _set("AttachManagedPolicyToPermissionSet", Add("managed_policy_arns", "rq.managedPolicyArn")),
    _set("DetachManagedPolicyFromPermissionSet", Remove("managed_policy_arns", "rq.managedPolicyArn")),
    _set(
        "AttachCustomerManagedPolicyReferenceToPermissionSet",
        Add("customer_managed_policies", _CUSTOMER_POLICY),
        cannot_tell=f"the policies of that name, which differ from account to account; {_UNPROVISIONED}",
    ),
    _set(
        "DetachCustomerManagedPolicyReferenceFromPermissionSet", Remove("customer_managed_policies", _CUSTOMER_POLICY)
    ),
    _set(
        "PutPermissionsBoundaryToPermissionSet",
        Set("permissions_boundary", "rq.permissionsBoundary.managedPolicyArn"),
        Set("permissions_boundary", _customer_managed("rq.permissionsBoundary")),
    ),
    _set(
        "DeletePermissionsBoundaryFromPermissionSet",
        Clear("permissions_boundary"),
        cannot_tell=f"which boundary it was, where that was never seen; {_UNPROVISIONED}",
    ),
    _set(
        "ProvisionPermissionSet",
        Set("provisioning_requested", "@time"),
        Add("provisioned_accounts", "rq.targetId"),
        cannot_tell="whether it succeeds, and the accounts, where it is for all that have the permission set",
    ),
    # Both only begin the work, and an assignment can be made twice, so nothing is proven of the moment before.
    _assignment(
        "CreateAccountAssignment",
        Add("principals", PRINCIPAL),
        also=(Add("provisioned_accounts", "rq.targetId"),),
        cannot_tell="whether it succeeds: the call only begins it",
    ),
    _assignment(
        "DeleteAccountAssignment",
        Discard("principals", PRINCIPAL),
        cannot_tell="whether it succeeds: the call only begins it; whether the account keeps the permission set",
    ),
    _tagging("TagResource", PutTags("tags", "rq.tags")),
    _tagging("UntagResource", Discard("tags", "rq.tagKeys")),
    Call(
        IDENTITY_CENTER,
        "CreateInstance",
        "sso-instance",
        ("rs.instanceArn",),
        (
            Create(),
            Learn("arn", "rs.instanceArn"),
            Set("name", "rq.name"),
            PutTags("tags", "rq.tags"),
            Forget("regions"),
            Forget("permission_sets_enabled"),
            Forget("encryption_key_type"),
            Forget("vpce_access_required"),
        ),
        cannot_tell="the settings that an instance begins with",
    ),
    _instance(
        "UpdateInstance",
        Set("name", "rq.name"),
        Set("permission_sets_enabled", "rq.permissionSetsEnabled"),
        Set("encryption_key_type", "rq.encryptionConfiguration.keyType"),
        Set("encryption_key", "rq.encryptionConfiguration.kmsKeyArn"),
        Set("vpce_access_required", f"{_NETWORK}.vpceAccessRequired"),
        Replace("restrict_source_vpcs", f"{_NETWORK}.restrictSourceVpcs"),
        Replace("allow_source_ips", f"{_NETWORK}.allowSourceIps"),
        Replace("exclude_applications", f"{_NETWORK}.excludeApplicationArns"),
        cannot_tell="whether a network list that is left out stays",
    ),
    _instance("DeleteInstance", Delete()),
    _instance("AddRegion", Add("regions", "rq.regionName"), cannot_tell="whether it succeeds: the call only begins it"),
    _instance(
        "RemoveRegion", Remove("regions", "rq.regionName"), cannot_tell="whether it succeeds: the call only begins it"
    ),
    _instance(
        "CreateInstanceAccessControlAttributeConfiguration",
        ReplaceMap("access_control_attributes", _ATTRIBUTES, "key", "value.source"),
    ),
    _instance(
        "UpdateInstanceAccessControlAttributeConfiguration",
        ReplaceMap("access_control_attributes", _ATTRIBUTES, "key", "value.source"),
    ),
    _instance("DeleteInstanceAccessControlAttributeConfiguration", Clear("access_control_attributes")),
    Call(
        IDENTITY_CENTER,
        "CreateTrustedTokenIssuer",
        "sso-token-issuer",
        ("rs.trustedTokenIssuerArn",),
        (
            Create(),
            Learn("arn", "rs.trustedTokenIssuerArn"),
            Set("name", "rq.name"),
            Set("type", "rq.trustedTokenIssuerType"),
            Set("issuer_url", f"{_OIDC}.issuerUrl"),
            Set("claim_attribute_path", f"{_OIDC}.claimAttributePath"),
            Set("identity_store_attribute_path", f"{_OIDC}.identityStoreAttributePath"),
            Set("jwks_retrieval_option", f"{_OIDC}.jwksRetrievalOption"),
            PutTags("tags", "rq.tags"),
        ),
    ),
    Call(
        IDENTITY_CENTER,
        "UpdateTrustedTokenIssuer",
        "sso-token-issuer",
        (_ISSUER,),
        (
            Learn("arn", _ISSUER),
            Set("name", "rq.name"),
            Set("claim_attribute_path", f"{_OIDC}.claimAttributePath"),
            Set("identity_store_attribute_path", f"{_OIDC}.identityStoreAttributePath"),
            Set("jwks_retrieval_option", f"{_OIDC}.jwksRetrievalOption"),
        ),
    ),
    Call(IDENTITY_CENTER, "DeleteTrustedTokenIssuer", "sso-token-issuer", (_ISSUER,), (Delete(),)),
)
