"""Who really did it: the person or program behind a CloudTrail `userIdentity`.

AWS reference: "CloudTrail userIdentity element". The human behind a role session is its session name or source
identity, not the role.
"""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent


class _Issuer(msgspec.Struct, frozen=True, gc=False):
    arn: str | None = None
    user_name: str | None = msgspec.field(name="userName", default=None)


class _Session(msgspec.Struct, frozen=True, gc=False):
    issuer: _Issuer | None = msgspec.field(name="sessionIssuer", default=None)
    source_identity: str | None = msgspec.field(name="sourceIdentity", default=None)


class Identity(msgspec.Struct, frozen=True, gc=False):
    """The members of `userIdentity` that say who acted."""

    type: str | None = None
    principal_id: str | None = msgspec.field(name="principalId", default=None)
    arn: str | None = None
    account: str | None = msgspec.field(name="accountId", default=None)
    user_name: str | None = msgspec.field(name="userName", default=None)
    access_key_id: str | None = msgspec.field(name="accessKeyId", default=None)
    invoked_by: str | None = msgspec.field(name="invokedBy", default=None)
    session: _Session | None = msgspec.field(name="sessionContext", default=None)
    on_behalf_of: dict[str, Any] | None = msgspec.field(name="onBehalfOf", default=None)


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who acted, as the drift record tells it; empty text where the record does not say."""

    name: str
    type: str = ""
    arn: str = ""
    account: str = ""
    principal_id: str = ""
    session_name: str = ""
    source_identity: str = ""
    issuer_arn: str = ""
    access_key_id: str = ""
    invoked_by: str = ""
    console: bool = False
    source_ip: str = ""
    user_agent: str = ""


_identity = msgspec.json.Decoder(Identity | None)
_NOBODY = Identity()


def identity_of(event: CloudTrailEvent) -> Identity:
    """Return the typed `userIdentity`; an empty one where it is null, absent or of an unknown shape."""
    try:
        return _identity.decode(event.record.identity) or _NOBODY
    except msgspec.ValidationError:
        return _NOBODY


def actor_of(event: CloudTrailEvent) -> Actor:
    """Say who acted: source identity, else session name, user name, `root`, the service, or the principal id."""
    record = event.record
    who = identity_of(event)
    session = who.session
    issuer = session.issuer if session else None
    source_identity = (session.source_identity if session else None) or ""
    session_name = _session_name(who)
    return Actor(
        name=source_identity or session_name or _plain_name(who),
        type=who.type or "",
        arn=who.arn or "",
        account=who.account or "",
        principal_id=who.principal_id or "",
        session_name=session_name,
        source_identity=source_identity,
        issuer_arn=(issuer.arn if issuer else None) or "",
        access_key_id=who.access_key_id or "",
        invoked_by=who.invoked_by or "",
        console=record.console in (True, "true"),
        source_ip=record.source_ip or "",
        user_agent=record.user_agent or "",
    )


def _session_name(who: Identity) -> str:
    if who.type != "AssumedRole":
        return ""
    if who.principal_id and ":" in who.principal_id:
        return who.principal_id.partition(":")[2]
    return who.arn.rpartition("/")[2] if who.arn and "/" in who.arn else ""


def _plain_name(who: Identity) -> str:
    if who.user_name:
        return who.user_name
    if who.type == "Root":
        return "root"
    if who.on_behalf_of:
        return str(who.on_behalf_of.get("userId", ""))
    return who.invoked_by or who.arn or who.principal_id or who.account or ""
