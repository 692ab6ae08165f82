"""The attributes of each kind of resource, and the shape of their values. Names are Terraform's."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType


class Shape(Enum):
    """How the value of an attribute is kept and compared.

    `is_collection`: the value has elements that come and go one by one. `holds_documents`: its texts are policy
    documents.
    """

    TEXT = "text"
    NUMBER = "number"
    TRUST = "trust policy", "documents"
    DOCUMENT = "policy document", "documents"
    SET = "set of names", "collection"
    MAP = "name to text", "collection"
    DOCUMENTS = "name to policy document", "collection", "documents"
    VERSIONS = "version to policy document, shown by version", "collection", "documents"

    def __init__(self, title: str, *traits: str) -> None:
        self.title = title
        self.is_collection = "collection" in traits
        self.holds_documents = "documents" in traits


_PRINCIPAL = {
    "path": Shape.TEXT,
    "permissions_boundary": Shape.TEXT,
    "managed_policy_arns": Shape.SET,
    "inline_policies": Shape.DOCUMENTS,
    "tags": Shape.MAP,
}
# What lets somebody in as a user, or as root: names and states, never secrets.
_CREDENTIALS = {
    "access_keys": Shape.MAP,
    "login_profile": Shape.TEXT,
    "password_reset_required": Shape.TEXT,
    "password_changed": Shape.TEXT,
    "mfa_devices": Shape.SET,
    "ssh_public_keys": Shape.MAP,
    "signing_certificates": Shape.MAP,
    "service_specific_credentials": Shape.MAP,
    "service_specific_credentials_reset": Shape.MAP,
}

# What a policy of an organization can be attached to.
_ORG_TARGET = {"policies": Shape.SET, "tags": Shape.MAP}

KINDS: MappingProxyType[str, dict[str, Shape]] = MappingProxyType(
    {
        "role": {
            "assume_role_policy": Shape.TRUST,
            **_PRINCIPAL,
            "description": Shape.TEXT,
            "max_session_duration": Shape.NUMBER,
            "instance_profiles": Shape.SET,
            "service_linked": Shape.TEXT,
            "source_template": Shape.TEXT,
            "deletion_pending": Shape.TEXT,
        },
        "user": {"name": Shape.TEXT, **_PRINCIPAL, "groups": Shape.SET, **_CREDENTIALS},
        "group": {
            "name": Shape.TEXT,
            "path": Shape.TEXT,
            "managed_policy_arns": Shape.SET,
            "inline_policies": Shape.DOCUMENTS,
            "users": Shape.SET,
        },
        "policy": {
            "policy_document": Shape.DOCUMENT,
            "default_version_id": Shape.TEXT,
            "versions": Shape.VERSIONS,
            "path": Shape.TEXT,
            "description": Shape.TEXT,
            "tags": Shape.MAP,
            "attached_roles": Shape.SET,
            "attached_users": Shape.SET,
            "attached_groups": Shape.SET,
            "boundary_for_roles": Shape.SET,
            "boundary_for_users": Shape.SET,
        },
        "instance-profile": {"path": Shape.TEXT, "role": Shape.TEXT, "tags": Shape.MAP},
        "oidc-provider": {
            "url": Shape.TEXT,
            "client_id_list": Shape.SET,
            "thumbprint_list": Shape.SET,
            "tags": Shape.MAP,
        },
        "saml-provider": {
            "metadata_sha256": Shape.TEXT,
            "assertion_encryption_mode": Shape.TEXT,
            "private_keys_changed": Shape.TEXT,
            "tags": Shape.MAP,
        },
        "mfa": {"path": Shape.TEXT, "user": Shape.TEXT, "tags": Shape.MAP},
        "server-certificate": {
            "name": Shape.TEXT,
            "path": Shape.TEXT,
            "body_sha256": Shape.TEXT,
            "chain_sha256": Shape.TEXT,
            "tags": Shape.MAP,
        },
        "account": {
            "password_policy": Shape.MAP,
            "account_alias": Shape.TEXT,
            "sts_global_endpoint_token_version": Shape.TEXT,
            "organizations_features": Shape.SET,
            "outbound_web_identity_federation": Shape.TEXT,
            "account_properties": Shape.MAP,
            **_CREDENTIALS,
        },
        # Whoever was denied a call: its name, and when it was last denied.
        "caller": {"denied_calls": Shape.MAP},
        "delegation-request": {
            "state": Shape.TEXT,
            "owner_account": Shape.TEXT,
            "description": Shape.TEXT,
            "policy_template": Shape.TEXT,
            "session_duration": Shape.TEXT,
            "notes": Shape.TEXT,
        },
        "permission-set": {
            "name": Shape.TEXT,
            "description": Shape.TEXT,
            "session_duration": Shape.TEXT,
            "relay_state": Shape.TEXT,
            "inline_policy": Shape.DOCUMENT,
            "managed_policy_arns": Shape.SET,
            "customer_managed_policies": Shape.SET,
            "permissions_boundary": Shape.TEXT,
            "provisioned_accounts": Shape.SET,
            "provisioning_requested": Shape.TEXT,
            "tags": Shape.MAP,
        },
        # A permission set in an account: who has it there.
        "assignment": {"principals": Shape.SET},
        "sso-instance": {
            "name": Shape.TEXT,
            "regions": Shape.SET,
            "access_control_attributes": Shape.MAP,
            "permission_sets_enabled": Shape.TEXT,
            "encryption_key_type": Shape.TEXT,
            "encryption_key": Shape.TEXT,
            "vpce_access_required": Shape.TEXT,
            "restrict_source_vpcs": Shape.SET,
            "allow_source_ips": Shape.SET,
            "exclude_applications": Shape.SET,
            "tags": Shape.MAP,
        },
        "sso-token-issuer": {
            "name": Shape.TEXT,
            "type": Shape.TEXT,
            "issuer_url": Shape.TEXT,
            "claim_attribute_path": Shape.TEXT,
            "identity_store_attribute_path": Shape.TEXT,
            "jwks_retrieval_option": Shape.TEXT,
            "tags": Shape.MAP,
        },
        "sso-application": {
            "name": Shape.TEXT,
            "description": Shape.TEXT,
            "status": Shape.TEXT,
            "application_provider": Shape.TEXT,
            "visibility": Shape.TEXT,
            "sign_in_origin": Shape.TEXT,
            "application_url": Shape.TEXT,
            "assignment_required": Shape.TEXT,
            "principals": Shape.SET,
            "access_scopes": Shape.MAP,
            "authentication_methods": Shape.DOCUMENTS,
            "grants": Shape.MAP,
            "user_background_sessions": Shape.TEXT,
            "tags": Shape.MAP,
        },
        "identity-store": {
            "vpce_access_required": Shape.TEXT,
            "api_restrict_source_vpcs": Shape.SET,
            "api_allow_source_ips": Shape.SET,
            "scim_allow_source_ips": Shape.SET,
        },
        # Names and addresses are hidden in events; that one changed is kept as the time it did.
        "identity-store-user": {
            "user_name": Shape.TEXT,
            "active": Shape.TEXT,
            "attributes_changed": Shape.MAP,
            "updated": Shape.TEXT,
        },
        "identity-store-group": {
            "display_name": Shape.TEXT,
            "attributes_changed": Shape.MAP,
            "updated": Shape.TEXT,
        },
        "identity-store-membership": {"group": Shape.TEXT, "user": Shape.TEXT},
        "organization": {
            "feature_set": Shape.TEXT,
            "aws_service_access_principals": Shape.SET,
            "delegated_administrators": Shape.SET,
            "resource_policy": Shape.DOCUMENT,
        },
        "org-root": {"policy_types": Shape.SET, **_ORG_TARGET},
        "org-ou": {"name": Shape.TEXT, "parent": Shape.TEXT, **_ORG_TARGET},
        # The parent is a set of one: to move an account proves where it was, as to take an element out does.
        "org-account": {
            "parent": Shape.SET,
            "state": Shape.TEXT,
            "delegated_services": Shape.SET,
            **_ORG_TARGET,
        },
        "org-account-request": {
            "state": Shape.TEXT,
            "role_name": Shape.TEXT,
            "iam_user_access_to_billing": Shape.TEXT,
            "account": Shape.TEXT,
            "govcloud_account": Shape.TEXT,
            "tags": Shape.MAP,
        },
        "org-policy": {
            "name": Shape.TEXT,
            "description": Shape.TEXT,
            "type": Shape.TEXT,
            "content": Shape.DOCUMENT,
            "targets": Shape.SET,
            "tags": Shape.MAP,
        },
        "org-resource-policy": {"tags": Shape.MAP},
        "org-handshake": {
            "action": Shape.TEXT,
            "state": Shape.TEXT,
            "target": Shape.TEXT,
            "target_type": Shape.TEXT,
            "responsibility": Shape.TEXT,
            "start": Shape.TEXT,
        },
        "org-responsibility-transfer": {
            "name": Shape.TEXT,
            "status": Shape.TEXT,
            "end": Shape.TEXT,
            "tags": Shape.MAP,
        },
    }
)

# What must be empty before a resource can be deleted (IAM API reference, DeleteConflict; Organizations, PolicyInUse).
EMPTIED_FIRST: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(KINDS, ()),
        "role": ("managed_policy_arns", "inline_policies", "instance_profiles"),
        "user": ("managed_policy_arns", "inline_policies", "groups", "access_keys", "mfa_devices"),
        "group": ("managed_policy_arns", "inline_policies", "users"),
        "policy": ("attached_roles", "attached_users", "attached_groups"),
        "org-policy": ("targets",),
    }
)

# What can get another name and keeps its state; IAM has no call that renames anything else.
RENAMABLE = frozenset(["user", "group", "server-certificate"])

# Where the names of what can be renamed stand in other resources: by the kind that is named, kind and attributes.
NAMED_IN: MappingProxyType[str, dict[str, tuple[str, ...]]] = MappingProxyType(
    {
        "user": {"policy": ("attached_users", "boundary_for_users"), "group": ("users",), "mfa": ("user",)},
        "group": {"policy": ("attached_groups",), "user": ("groups",)},
        "server-certificate": {},
    }
)

# Whom a change of a resource reaches: the attributes that hold them, and what they are.
REACHES: MappingProxyType[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "policy": (
            ("attached_roles", "role"),
            ("attached_users", "user"),
            ("attached_groups", "group"),
            ("boundary_for_roles", "role"),
            ("boundary_for_users", "user"),
        ),
        "group": (("users", "user"),),
    }
)
