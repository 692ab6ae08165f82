"""The attributes of each kind of IAM resource, and the shape of their values. Names are Terraform's."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType


class Shape(Enum):
    """How the value of an attribute is kept and compared."""

    TEXT = "text"
    NUMBER = "number"
    TRUST = "trust policy"
    DOCUMENT = "policy document"
    SET = "set of names"
    MAP = "name to text"
    DOCUMENTS = "name to policy document"
    VERSIONS = "version to policy document, shown by version"

    @property
    def is_collection(self) -> bool:
        """Whether the value has elements that come and go one by one."""
        return self in (Shape.SET, Shape.MAP, Shape.DOCUMENTS, Shape.VERSIONS)

    @property
    def holds_documents(self) -> bool:
        """Whether the texts in the value are policy documents."""
        return self in (Shape.TRUST, Shape.DOCUMENT, Shape.DOCUMENTS, Shape.VERSIONS)


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
