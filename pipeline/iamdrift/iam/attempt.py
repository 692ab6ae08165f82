"""Calls that failed, and calls the table does not know: what they were on, and what they teach.

A failed call changes nothing. Where access was denied, CloudTrail leaves the parameters out, and only the error message
names the resource. Some failures prove something: what already exists is there, what cannot be found is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.iam.calls.row import IAM, IDENTITY_CENTER, IDENTITY_DIRECTORY, IDENTITY_STORE, ORGANIZATIONS
from iamdrift.iam.change import ABSENT, PRESENT, STALE, Op
from iamdrift.iam.fields import Fields
from iamdrift.iam.key import kind_of, name_in_arn

_DIRECTORY = (
    ("join:rq.identityStoreId,rq.groupId", "identity-store-group"),
    ("join:rq.identityStoreId,rq.userId", "identity-store-user"),
    ("join:rq.identityStoreId,rq.membershipId", "identity-store-membership"),
    ("rq.identityStoreId", "identity-store"),
)
# Request fields that name a resource, by event source, the more telling first.
_NAMED = {
    IAM: (
        ("rq.roleName", "role"),
        ("rq.userName", "user"),
        ("rq.groupName", "group"),
        ("rq.policyArn", "policy"),
        ("rq.policyName", "policy"),
        ("rq.instanceProfileName", "instance-profile"),
        ("rq.openIDConnectProviderArn", "oidc-provider"),
        ("rq.sAMLProviderArn", "saml-provider"),
        ("rq.serialNumber", "mfa"),
        ("rq.serverCertificateName", "server-certificate"),
    ),
    IDENTITY_CENTER: (
        ("rq.permissionSetArn", "permission-set"),
        ("rq.applicationArn", "sso-application"),
        ("rq.trustedTokenIssuerArn", "sso-token-issuer"),
        ("rq.instanceArn", "sso-instance"),
    ),
    IDENTITY_STORE: _DIRECTORY,
    IDENTITY_DIRECTORY: _DIRECTORY,
    ORGANIZATIONS: (
        ("rq.accountId", "org-account"),
        ("rq.organizationalUnitId", "org-ou"),
        ("rq.targetId|rq.resourceId|rq.rootId", "org-root|org-ou|org-account|org-policy"),
        ("rq.policyId", "org-policy"),
        ("rq.handshakeId", "org-handshake"),
    ),
}
_KINDS = "role|user|group|policy|instance[- ]profile|mfa|oidc-provider|saml-provider|server-certificate"
# "… is not authorized to perform: iam:X on resource: role NAME because …", or with an ARN instead.
_DENIED = re.compile(
    rf"on resource: (?:arn:[\w-]+:iam::\d*:(?P<kind>{_KINDS})/(?P<path>\S+)|(?P<word>{_KINDS}) (?P<name>\S+))"
)
_MISSING = re.compile(r"^The (?P<kind>role|user|group) with name (?P<name>\S+) cannot be found")


def error_of(event: CloudTrailEvent) -> str:
    """Return the error code of a failed call in one spelling: services differ in prefix and ending."""
    return (event.record.error_code or "").removeprefix("Client.").removesuffix("Exception")


def named_resources(fields: Fields) -> Iterator[tuple[str, str]]:
    """Give kind and name of every resource that the parameters name."""
    seen = set()
    for path, kinds in _NAMED.get(fields.event.record.source, ()):
        name = fields.get(path)
        if not isinstance(name, str) or not name or ":aws:policy/" in name:
            continue
        kind = kind_of(kinds, name)
        if kind and kind not in seen:
            seen.add(kind)
            yield kind, name_in_arn(name) if name.startswith("arn:") else name


def denied_resource(message: str) -> tuple[str, str] | None:
    """Return kind and name of the resource in the message of a denied call."""
    found = _DENIED.search(message)
    if found is None:
        return None
    kind = (found["kind"] or found["word"]).replace(" ", "-")
    return kind, (found["path"] or found["name"]).rstrip(".").rpartition("/")[2]


def taught(event: CloudTrailEvent, kind: str, name: str, *, creates: bool) -> tuple[Op, ...]:
    """Return what the failure of a call proves of a resource; `creates` where the call would have made it."""
    error, message = error_of(event), event.record.error_message or ""
    if error == "EntityAlreadyExists" and creates:
        return (Op(PRESENT),)
    if error == "NoSuchEntity" and (found := _MISSING.match(message)):
        missing = found["kind"], found["name"].casefold()
        return (Op(ABSENT),) if missing == (kind, name.casefold()) else ()
    return ()


STALE_OPS = (Op(STALE),)
