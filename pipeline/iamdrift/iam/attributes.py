"""The attributes of each kind of IAM resource, and the shape of their values. Names are Terraform's."""

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
        "delegation-request": {
            "state": Shape.TEXT,
            "owner_account": Shape.TEXT,
            "description": Shape.TEXT,
            "policy_template": Shape.TEXT,
            "session_duration": Shape.TEXT,
            "notes": Shape.TEXT,
        },
    }
)

# What must be empty before a resource can be deleted (IAM API reference, DeleteConflict).
EMPTIED_FIRST: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(KINDS, ()),
        "role": ("managed_policy_arns", "inline_policies", "instance_profiles"),
        "user": ("managed_policy_arns", "inline_policies", "groups", "access_keys", "mfa_devices"),
        "group": ("managed_policy_arns", "inline_policies", "users"),
        "policy": ("attached_roles", "attached_users", "attached_groups"),
    }
)
