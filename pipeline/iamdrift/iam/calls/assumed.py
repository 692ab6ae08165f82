"""What rows of the call table take for granted without having been seen on records: a row each, to be corrected here.

`documented`: the AWS documentation says so. `believed`: general knowledge, which nobody has checked.
"""

from __future__ import annotations

from typing import NamedTuple

from iamdrift.iam.calls.row import IAM, IDENTITY_CENTER, IDENTITY_DIRECTORY, IDENTITY_STORE

DOCUMENTED, BELIEVED = "documented", "believed"


class Assumed(NamedTuple):
    """An assumption about calls of a service; no names at all stand for all of its calls."""

    source: str
    calls: tuple[str, ...]
    mark: str
    what: str


ASSUMED: tuple[Assumed, ...] = (
    Assumed(IAM, ("UpdateRole",), DOCUMENTED, "without maxSessionDuration it goes back to 3600"),
    Assumed(IAM, ("UpdateRole",), BELIEVED, "without description that stays as it was"),
    Assumed(IAM, ("UpdateAccountPasswordPolicy",), DOCUMENTED, "what is left out goes back to its default"),
    Assumed(
        IAM,
        (
            *("TagRole", "TagUser", "TagPolicy", "TagInstanceProfile", "TagMFADevice", "TagServerCertificate"),
            *("TagOpenIDConnectProvider", "TagSAMLProvider"),
        ),
        BELIEVED,
        "tag keys that differ only in case are the same to AWS, where they are two here",
    ),
    Assumed(
        IAM,
        ("CreateServiceLinkedRole", "UploadSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey"),
        BELIEVED,
        "member names have only their first letter lowered, as in aWSServiceName; they are read in any case",
    ),
    Assumed(IDENTITY_CENTER, (), DOCUMENTED, "the event source of Identity Center"),
    Assumed(IDENTITY_STORE, (), BELIEVED, "names and addresses are hidden by one fixed text"),
    Assumed(IDENTITY_DIRECTORY, (), BELIEVED, "what console and directory call the calls of the identity store"),
)


def assumed_of(source: str, name: str) -> tuple[str, ...]:
    """Return what a row takes for granted, each as `mark: what`."""
    return tuple(
        f"{one.mark}: {one.what}" for one in ASSUMED if one.source == source and (not one.calls or name in one.calls)
    )
