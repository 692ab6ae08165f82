"""Calls on the account as a whole, and on delegation requests."""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Call
from iamdrift.iam.effects import Clear, Create, Effect, PutEach, Replace, Set, SetMap

# An absent field goes back to its default (IAM API reference, UpdateAccountPasswordPolicy). Names are Terraform's.
_PASSWORD_POLICY = (
    ("minimum_password_length", "rq.minimumPasswordLength", "6"),
    ("require_symbols", "rq.requireSymbols", "false"),
    ("require_numbers", "rq.requireNumbers", "false"),
    ("require_uppercase_characters", "rq.requireUppercaseCharacters", "false"),
    ("require_lowercase_characters", "rq.requireLowercaseCharacters", "false"),
    ("allow_users_to_change_password", "rq.allowUsersToChangePassword", "false"),
    ("max_password_age", "rq.maxPasswordAge", "0"),
    ("password_reuse_prevention", "rq.passwordReusePrevention", "0"),
    ("hard_expiry", "rq.hardExpiry", "false"),
)
_FEATURES = Replace("organizations_features", "rs.enabledFeatures")


def _account(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IAM, name, "account", ("@account",), effects, (), cannot_tell)


def _request(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IAM, name, "delegation-request", ("rq.delegationRequestId",), effects, (), cannot_tell)


ACCOUNT: tuple[Call, ...] = (
    _account("UpdateAccountPasswordPolicy", SetMap("password_policy", _PASSWORD_POLICY)),
    _account("DeleteAccountPasswordPolicy", Clear("password_policy")),
    _account("CreateAccountAlias", Set("account_alias", "rq.accountAlias")),
    _account("DeleteAccountAlias", Clear("account_alias")),
    _account(
        "SetSecurityTokenServicePreferences",
        Set("sts_global_endpoint_token_version", "rq.globalEndpointTokenVersion"),
    ),
    _account("EnableOrganizationsRootCredentialsManagement", _FEATURES),
    _account("DisableOrganizationsRootCredentialsManagement", _FEATURES),
    _account("EnableOrganizationsRootSessions", _FEATURES),
    _account("DisableOrganizationsRootSessions", _FEATURES),
    _account(
        "EnableOutboundWebIdentityFederation", Set("outbound_web_identity_federation", "rs.issuerIdentifier", "enabled")
    ),
    _account("DisableOutboundWebIdentityFederation", Clear("outbound_web_identity_federation")),
    _account("PutAccountProperties", PutEach("account_properties", "rq.properties")),
    Call(
        IAM,
        "CreateDelegationRequest",
        "delegation-request",
        ("rs.delegationRequestId",),
        (
            Create(),
            Set("state", "=requested"),
            Set("owner_account", "rq.ownerAccountId"),
            Set("description", "rq.description"),
            Set("policy_template", "rq.permissions.policyTemplateArn"),
            Set("session_duration", "rq.sessionDuration"),
        ),
    ),
    _request("UpdateDelegationRequest", Set("notes", "rq.notes")),
    _request("AssociateDelegationRequest", Set("state", "=associated"), cannot_tell="the permissions asked for"),
    _request("AcceptDelegationRequest", Set("state", "=accepted"), cannot_tell="the permissions accepted"),
    _request("RejectDelegationRequest", Set("state", "=rejected"), Set("notes", "rq.notes")),
    _request("SendDelegationToken", Set("state", "=token sent"), cannot_tell="the permissions sent"),
)
