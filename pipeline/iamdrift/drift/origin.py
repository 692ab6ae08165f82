"""Where a change came from: who made it for whom, with the evidence.

IAM Identity Center makes a role in every account that a permission set is assigned to, and changes it when the set
changes (IAM Identity Center user guide, "Service-linked roles"; the roles are reserved: nobody else can change them).
"""

from __future__ import annotations

import re

import msgspec

from iamdrift.cloudtrail.actor import Actor
from iamdrift.iam.key import ResourceKey

UNKNOWN, IDENTITY_CENTER = "unknown", "identity-center"
_SERVICE = "sso.amazonaws.com"
_SERVICE_ROLE = f"/aws-service-role/{_SERVICE}/"
_ROLE = re.compile(r"^AWSReservedSSO_(?P<permission_set>.+)_[0-9a-f]{16}$", re.IGNORECASE)


class Origin(msgspec.Struct, frozen=True, gc=False):
    """What a change follows from; `evidence` says by what that is known, `permission_set` names the set it follows."""

    kind: str
    evidence: str = ""
    permission_set: str = ""


_UNKNOWN = Origin(UNKNOWN)


def origin_of(key: ResourceKey, name: str, actor: Actor) -> Origin:
    """Say where a change of a resource came from."""
    if key.kind != "role" or not key.name.startswith("awsreservedsso_"):
        return _UNKNOWN
    reserved = _ROLE.match(name)
    evidence = _evidence(actor)
    return Origin(IDENTITY_CENTER, evidence, reserved["permission_set"]) if reserved and evidence else _UNKNOWN


def _evidence(actor: Actor) -> str:
    if actor.invoked_by == _SERVICE:
        return f"invoked by {_SERVICE}"
    if _SERVICE_ROLE in actor.issuer_arn:
        return f"called by {actor.issuer_arn}"
    return f"called from {_SERVICE}" if actor.source_ip == _SERVICE else ""
