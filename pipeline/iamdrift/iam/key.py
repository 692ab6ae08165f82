"""Resource keys: what identifies an IAM resource across events."""

from __future__ import annotations

import msgspec


class ResourceKey(msgspec.Struct, frozen=True, gc=False):
    """The identity of a resource: partition, account, kind and case-folded name.

    Not the ARN: role and user calls do not carry the path, and IAM names are unique in an account whatever their path
    and case (IAM user guide, "IAM identifiers").
    """

    partition: str
    account: str
    kind: str
    name: str

    @classmethod
    def of(cls, partition: str, account: str, kind: str, name: str) -> ResourceKey:
        """Make the key of a resource from its name as somebody wrote it."""
        return cls(partition, account, kind, name.casefold())

    def __str__(self) -> str:
        return f"iam:{self.partition}:{self.account}:{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> ResourceKey:
        """Read a printed key. Raises ValueError when it is none."""
        service, partition, account, rest = text.split(":", 3)
        kind, slash, name = rest.partition("/")
        if service != "iam" or not slash:
            raise ValueError(f"{text!r} is not a resource key")
        return cls(partition, account, kind, name)


# How a resource begins in its ARN, or an id of an organization, where one call may be on several kinds.
_BEGINNINGS: dict[str, str | tuple[str, ...]] = {
    "permission-set": "permissionSet/",
    "sso-instance": "instance/",
    "sso-application": "application/",
    "sso-token-issuer": "trustedTokenIssuer/",
    "org-root": "r-",
    "org-ou": "ou-",
    "org-account": tuple("0123456789"),
    "org-policy": "p-",
    "org-resource-policy": "rp-",
    "org-responsibility-transfer": "rt-",
}


def kind_of(kinds: str, name: str) -> str:
    """Return which of the kinds (`a`, or `a|b`) a name or ARN is of, told by how it begins; "" when of none."""
    if "|" not in kinds:
        return kinds
    resource = name.split(":", 5)[-1]
    return next((kind for kind in kinds.split("|") if resource.startswith(_BEGINNINGS[kind])), "")


def name_in_arn(arn: str) -> str:
    """Return the name at the end of an ARN, without its path.

    An OIDC provider is named by its whole URL, a resource of Identity Center by its instance and its own id.
    """
    *parts, resource = arn.split(":", 5)
    kind, _, name = resource.partition("/")
    return name if kind == "oidc-provider" or parts[2:3] == ["sso"] else name.rpartition("/")[2]
