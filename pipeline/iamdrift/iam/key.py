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


def name_in_arn(arn: str) -> str:
    """Return the name at the end of an ARN, without its path; an OIDC provider is named by its whole URL."""
    resource = arn.split(":", 5)[-1]
    kind, _, name = resource.partition("/")
    return name if kind == "oidc-provider" else name.rpartition("/")[2]
