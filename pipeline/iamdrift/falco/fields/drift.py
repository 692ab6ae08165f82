"""The fields of source `iam_drift`: the drift record, and the CloudTrail fields of the event that caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from iamdrift.drift.record import Drift
from iamdrift.falco.fields.cloudtrail import CLOUDTRAIL
from iamdrift.falco.fields.event import RELATIVE, TIMES
from iamdrift.falco.fields.field import Field, FieldType, Read
from iamdrift.falco.fields.json import JSON
from iamdrift.falco.fields.known import KNOWN
from iamdrift.falco.fields.trail import TrailEvent
from iamdrift.falco.fields.trust import trust_fields
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


# Field, type, what it is, how to read it.
_DRIFT: tuple[tuple[str, FieldType, str, Read], ...] = (
    ("cloud.service", STRING, "`iam`, `sso`, `organizations`, …", lambda d: d.service),
    ("evt.name", STRING, "the call", lambda d: d.event),
    ("drift.id", STRING, "the id of the drift record", lambda d: d.id),
    ("drift.service", STRING, "as cloud.service", lambda d: d.service),
    ("drift.event", STRING, "as evt.name", lambda d: d.event),
    ("drift.record", STRING, "`change`, `attempt`, `unmodelled` or `burst`", lambda d: d.record),
    ("drift.changes", STRING, "what changed, as JSON text", lambda d: _json(d.changes)),
    ("drift.before", STRING, "what was before, as JSON text", lambda d: _json(d.before)),
    ("drift.after", STRING, "what is after, as JSON text", lambda d: _json(d.after)),
    ("drift.attributes", LIST, "the attributes that changed", lambda d: list(d.changes) or None),
    (
        "drift.flags",
        LIST,
        "`late`, `superseded`, `gap`, `stale`, `order_ambiguous`, `correction`",
        lambda d: list(d.flags) or None,
    ),
    (
        "drift.origin",
        STRING,
        "`identity-center` for what follows a permission set, else `unknown`",
        lambda d: d.origin.kind,
    ),
    (
        "drift.permission_set",
        STRING,
        "the permission set that a role follows",
        lambda d: d.origin.permission_set or None,
    ),
    ("drift.attached_to", LIST, "whom a change of a policy or group reaches", lambda d: list(d.attached_to) or None),
    ("drift.recreated", BOOL, "made again under its old name", lambda d: d.recreated is not None),
    ("drift.error", STRING, "the error code of a call that failed", lambda d: error_of(d.cause) or None),
    ("drift.error_message", STRING, "the error message of such a call", lambda d: d.cause.record.error_message),
    ("drift.policy_arn", STRING, "the first of drift.policy_arns", _policy_arn),
    (
        "drift.policy_arns",
        LIST,
        "the policies attached, detached, or set as boundary",
        lambda d: _policy_arns(d) or None,
    ),
    ("drift.policy_name", STRING, "the first inline policy that changed", _policy_name),
    ("drift.added_principals", LIST, "principals that a trust policy gained", _principals("added")),
    ("drift.removed_principals", LIST, "principals that a trust policy lost", _principals("removed")),
    ("drift.added_actions", LIST, "actions that any document gained", _facet("added", "actions")),
    ("drift.removed_actions", LIST, "actions that any document lost", _facet("removed", "actions")),
    ("drift.added_resources", LIST, "resources that any document gained", _facet("added", "resources")),
    ("drift.removed_resources", LIST, "resources that any document lost", _facet("removed", "resources")),
    ("drift.tags_added", LIST, "tag keys that were added", _tags("added")),
    ("drift.tags_removed", LIST, "tag keys that were removed", _tags("removed")),
    ("resource.name", STRING, "the resource's name; `%resource` in outputs", lambda d: d.target.name),
    ("resource.key", STRING, "its key", lambda d: d.target.key),
    ("resource.kind", STRING, "its kind: role, user, policy, …", lambda d: d.target.kind),
    ("resource.account", STRING, "its account", lambda d: d.target.account),
    ("resource.partition", STRING, "its partition", lambda d: d.target.partition),
    ("resource.arn", STRING, "its ARN, where it is known", lambda d: d.target.arn or None),
    ("resource.unique_id", STRING, "its unique id, where it is known", lambda d: d.target.unique_id or None),
    ("resource.generation", UINT64, "how often it was made under its name", lambda d: d.target.generation),
    ("user.name", STRING, "who acted; `%user` in outputs", lambda d: d.actor.name or None),
    ("user.type", STRING, "the type of the identity", lambda d: d.actor.type or None),
    ("user.arn", STRING, "the ARN of the identity", lambda d: d.actor.arn or None),
    ("user.account", STRING, "the account of the identity", lambda d: d.actor.account or None),
    ("user.session", STRING, "the session name of an assumed role", lambda d: d.actor.session_name or None),
    ("user.source_identity", STRING, "the source identity of the session", lambda d: d.actor.source_identity or None),
    ("user.issuer", STRING, "the role that was assumed", lambda d: d.actor.issuer_arn or None),
    ("user.console", BOOL, "in the console", lambda d: d.actor.console),
    ("user.ip", STRING, "the address it came from", lambda d: d.actor.source_ip or None),
    ("user.agent", STRING, "the user agent", lambda d: d.actor.user_agent or None),
    ("user.invoked_by", STRING, "the AWS service that acted for it", lambda d: d.actor.invoked_by or None),
)

_last: tuple[bytes, TrailEvent | None] = (b"", None)


def _cause(drift: Drift) -> TrailEvent:
    """Return the record that caused a drift, parsed once for all the fields that rules read of it."""
    global _last  # noqa: PLW0603  a memory of one pure result
    raw, event = _last
    cause = drift.cause
    if event is None or raw is not cause.raw:
        event = TrailEvent(cause.raw, _decode(cause.raw), cause.time, cause.place.offset + 1 if cause.place else 1)
        _last = cause.raw, event
    return event


def _of_cause(field: Field) -> Field:
    """Make a field of CloudTrail records one of the drift that a record caused."""
    make, read = field.with_argument, field.read
    return replace(
        field,
        read=lambda drift: read(_cause(drift)),
        with_argument=None if make is None else lambda argument: _reading_cause(make(argument)),
    )


def _reading_cause(read: Read) -> Read:
    return lambda drift: read(_cause(drift))


def drift_fields(own_accounts: frozenset[str]) -> tuple[Field, ...]:
    """Return the fields of source `iam_drift`. `own_accounts` are those that `drift.cross_account` is silent about."""
    return (
        *(Field(name, kind, about, read) for name, kind, about, read in _DRIFT),
        *KNOWN,
        *TIMES,
        *RELATIVE,
        *trust_fields(own_accounts),
        *(_of_cause(field) for field in (*CLOUDTRAIL, *JSON)),
    )
