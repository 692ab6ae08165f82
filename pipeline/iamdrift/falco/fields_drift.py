"""The fields of source `iam_drift`: the drift record, and the CloudTrail fields of the event that caused it.

CloudTrail fields are those of Falco's cloudtrail plugin, with its rule that a member which is no text reads as "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.drift.record import Drift
from iamdrift.falco.fields import Field, FieldSet, FieldType
from iamdrift.iam.attempt import error_of
from iamdrift.policy.document import document

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
STRING, UINT64, BOOL, LIST = FieldType.STRING, FieldType.UINT64, FieldType.BOOL, FieldType.LIST


def _json(value: Any) -> str:
    return _encode(value).decode()


def _both(drift: Drift, attribute: str, keys: tuple[str, ...]) -> list[str]:
    change = drift.changes.get(attribute, {})
    return [one for key in keys for one in change.get(key, ())]


def _policy_arns(drift: Drift) -> list[str]:
    found = _both(drift, "managed_policy_arns", ("added", "removed"))
    boundary = drift.changes.get("permissions_boundary", {})
    return found + [one for one in (boundary.get("to"), boundary.get("from")) if isinstance(one, str)]


def _policy_arn(drift: Drift) -> str | None:
    return next(iter(_policy_arns(drift)), None)


def _policy_names(drift: Drift) -> list[str]:
    return _both(drift, "inline_policies", ("added", "changed", "removed"))


def _policy_name(drift: Drift) -> str | None:
    return next(iter(_policy_names(drift)), None)


def _facet(sign: str, facet: str) -> Callable[[Drift], list[str] | None]:
    """Make the reader of what documents gained or lost; whole inline policies count with all they allow.

    Several rules read the same field of the same drift: the last result is kept.
    """
    name = f"{sign}_{facet}"
    last: tuple[Drift | None, list[str] | None] = None, None

    def read(drift: Drift) -> list[str] | None:
        nonlocal last
        of, found = last
        if of is not drift:
            found = sorted(_facets(drift, sign, facet, name)) or None
            last = drift, found
        return found

    return read


def _facets(drift: Drift, sign: str, facet: str, name: str) -> set[str]:
    changes = drift.changes
    found: set[str] = set()
    for attribute in ("assume_role_policy", "policy_document", "inline_policy"):
        if attribute in changes:
            found.update(changes[attribute].get(name, ()))
    inline = changes.get("inline_policies")
    if inline is not None:
        for change in inline.get("changed", {}).values():
            found.update(change.get(name, ()))
        for written in inline.get(sign, {}).values():
            found.update(_allowed(written, facet, drift.target.partition))
    return found


def _allowed(written: Any, facet: str, partition: str) -> Iterator[Any]:
    if isinstance(written, msgspec.Raw):
        read = document(bytes(written).decode(), partition)
        for fact in read.facets.get(facet, ()):
            yield read.spelling.get(fact, fact)


def _principals(sign: str) -> Callable[[Drift], list[str] | None]:
    return lambda drift: drift.changes.get("assume_role_policy", {}).get(f"{sign}_principals") or None


def _tags(sign: str) -> Callable[[Drift], list[str] | None]:
    return lambda drift: list(drift.changes.get("tags", {}).get(sign, ())) or None


_DRIFT: tuple[tuple[str, FieldType, Callable[[Drift], Any]], ...] = (
    ("cloud.service", STRING, lambda d: d.service),
    ("evt.name", STRING, lambda d: d.event),
    ("evt.time", UINT64, lambda d: d.time * 1_000_000),
    ("evt.rawtime", UINT64, lambda d: d.time * 1_000_000),
    ("evt.source", STRING, lambda _: "iam_drift"),
    ("drift.id", STRING, lambda d: d.id),
    ("drift.service", STRING, lambda d: d.service),
    ("drift.event", STRING, lambda d: d.event),
    ("drift.changes", STRING, lambda d: _json(d.changes)),
    ("drift.before", STRING, lambda d: _json(d.before)),
    ("drift.after", STRING, lambda d: _json(d.after)),
    ("drift.record", STRING, lambda d: d.record),
    ("drift.origin", STRING, lambda d: d.origin.kind),
    ("drift.permission_set", STRING, lambda d: d.origin.permission_set or None),
    ("drift.attached_to", LIST, lambda d: list(d.attached_to) or None),
    ("drift.recreated", BOOL, lambda d: d.recreated is not None),
    ("drift.error", STRING, lambda d: error_of(d.cause) or None),
    ("drift.error_message", STRING, lambda d: d.cause.record.error_message),
    ("drift.attributes", LIST, lambda d: list(d.changes)),
    ("drift.flags", LIST, lambda d: list(d.flags) or None),
    ("drift.policy_arn", STRING, _policy_arn),
    ("drift.policy_arns", LIST, lambda d: _policy_arns(d) or None),
    ("drift.policy_name", STRING, _policy_name),
    ("drift.added_principals", LIST, _principals("added")),
    ("drift.removed_principals", LIST, _principals("removed")),
    ("drift.added_actions", LIST, _facet("added", "actions")),
    ("drift.removed_actions", LIST, _facet("removed", "actions")),
    ("drift.added_resources", LIST, _facet("added", "resources")),
    ("drift.removed_resources", LIST, _facet("removed", "resources")),
    ("drift.tags_added", LIST, _tags("added")),
    ("drift.tags_removed", LIST, _tags("removed")),
    ("resource.name", STRING, lambda d: d.target.name),
    ("resource.key", STRING, lambda d: d.target.key),
    ("resource.kind", STRING, lambda d: d.target.kind),
    ("resource.account", STRING, lambda d: d.target.account),
    ("resource.partition", STRING, lambda d: d.target.partition),
    ("resource.arn", STRING, lambda d: d.target.arn or None),
    ("resource.unique_id", STRING, lambda d: d.target.unique_id or None),
    ("resource.generation", UINT64, lambda d: d.target.generation),
    ("user.name", STRING, lambda d: d.actor.name or None),
    ("user.type", STRING, lambda d: d.actor.type or None),
    ("user.arn", STRING, lambda d: d.actor.arn or None),
    ("user.account", STRING, lambda d: d.actor.account or None),
    ("user.session", STRING, lambda d: d.actor.session_name or None),
    ("user.source_identity", STRING, lambda d: d.actor.source_identity or None),
    ("user.issuer", STRING, lambda d: d.actor.issuer_arn or None),
    ("user.console", BOOL, lambda d: d.actor.console),
    ("user.ip", STRING, lambda d: d.actor.source_ip or None),
    ("user.agent", STRING, lambda d: d.actor.user_agent or None),
    ("user.invoked_by", STRING, lambda d: d.actor.invoked_by or None),
)

# Field of the plugin, path in the record, and whether an object is read as JSON text rather than as "".
_CLOUDTRAIL: tuple[tuple[str, str, bool], ...] = (
    ("ct.id", "eventID", False),
    ("ct.error", "errorCode", False),
    ("ct.errormessage", "errorMessage", False),
    ("ct.time", "eventTime", False),
    ("ct.src", "eventSource", False),
    ("ct.name", "eventName", False),
    ("ct.user.identitytype", "userIdentity/type", False),
    ("ct.user.principalid", "userIdentity/principalId", False),
    ("ct.user.arn", "userIdentity/arn", False),
    ("ct.region", "awsRegion", False),
    ("ct.srcip", "sourceIPAddress", False),
    ("ct.useragent", "userAgent", False),
    ("ct.requestid", "requestID", False),
    ("ct.eventtype", "eventType", False),
    ("ct.recipientaccountid", "recipientAccountId", False),
    ("ct.request.name", "requestParameters/name", False),
    ("ct.request.username", "requestParameters/userName", False),
    ("ct.request.groupname", "requestParameters/groupName", False),
    ("ct.request.policy", "requestParameters/policy", False),
    ("ct.request", "requestParameters", True),
    ("ct.response", "responseElements", True),
    ("iam.role", "requestParameters/roleName", False),
    ("iam.policy", "requestParameters/policyName", False),
)


def _member(event: CloudTrailEvent, path: tuple[str, ...]) -> tuple[bool, Any]:
    value: Any = _body(event)
    for step in path:
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False, None
    return True, value


_last: tuple[bytes, Any] = (b"", None)


def _body(event: CloudTrailEvent) -> Any:
    """Parse a record once for all the fields a rule reads of it."""
    global _last  # noqa: PLW0603  a memory of one pure result
    raw, body = _last
    if raw is not event.raw:
        body = _decode(event.raw)
        _last = event.raw, body
    return body


def _plugin_field(path: str, *, as_json: bool) -> Callable[[Drift], str | None]:
    steps = tuple(path.split("/"))

    def read(drift: Drift) -> str | None:
        found, value = _member(drift.cause, steps)
        if not found:
            return None
        if as_json:
            return _json(value)
        return value if isinstance(value, str) else ""

    return read


def _pointer(argument: str) -> Callable[[Drift], str | None]:
    steps = tuple(
        one.replace("~1", "/").replace("~0", "~") for one in argument.removeprefix("/").split("/") if argument != "/"
    )

    def read(drift: Drift) -> str | None:
        found, value = _member(drift.cause, steps)
        if not found:
            return None
        return value if isinstance(value, str) else _json(value)

    return read


IAM_DRIFT = FieldSet(
    [
        *(Field(name, kind, read) for name, kind, read in _DRIFT),
        *(Field(name, STRING, _plugin_field(path, as_json=as_json)) for name, path, as_json in _CLOUDTRAIL),
        *(Field(name, STRING, _pointer, takes_argument=True) for name in ("json.value", "jevt.value")),
    ]
)
