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

KINDS: MappingProxyType[str, dict[str, Shape]] = MappingProxyType(
    {
        "role": {
            "assume_role_policy": Shape.TRUST,
            **_PRINCIPAL,
            "description": Shape.TEXT,
            "max_session_duration": Shape.NUMBER,
        },
        "user": {"name": Shape.TEXT, **_PRINCIPAL},
        "policy": {
            "policy_document": Shape.DOCUMENT,
            "default_version_id": Shape.TEXT,
            "versions": Shape.VERSIONS,
            "path": Shape.TEXT,
            "description": Shape.TEXT,
            "tags": Shape.MAP,
        },
    }
)
