"""Which resources an event touches, and how: from event to keys and changes, by the call table."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import NamedTuple

from iamdrift.cloudtrail.actor import identity_of
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.errors import RecordError
from iamdrift.iam.attempt import STALE_OPS, denied_resource, error_of, named_resources, taught
from iamdrift.iam.attributes import KINDS
from iamdrift.iam.calls import CALLS, Call
from iamdrift.iam.change import LEARN, PUT, Change, Op
from iamdrift.iam.effects import Create, Effect
from iamdrift.iam.fields import Fields
from iamdrift.iam.key import ResourceKey, kind_of, name_in_arn
from iamdrift.iam.operations import operations

# Regions of the other partitions, by how their names begin (botocore partitions.json).
_PARTITIONS = (
    ("us-gov-", "aws-us-gov"),
    ("cn-", "aws-cn"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_CALLER = "@caller"
_AWS = "aws"  # the account of the policies that AWS manages


CHANGE, ATTEMPT, UNMODELLED, BURST = "change", "attempt", "unmodelled", "burst"
_DENIED = frozenset(["AccessDenied", "UnauthorizedOperation"])


class Touch(NamedTuple):
    """One resource that an event touches, and what the event does to it.

    The primary touch of an event is the one whose permissions change and that drift is told of; the others keep what
    follows from it, as the roles that a policy is attached to. `record` says what the event is: a change, an attempt
    that failed, a call that the table does not know, or one that may make a burst of denied calls. `withdrawn`: it was
    put here and belongs elsewhere.
    """

    key: ResourceKey
    change: Change
    primary: bool = True
    record: str = CHANGE
    withdrawn: bool = False


def route(event: CloudTrailEvent) -> tuple[Touch, ...]:
    """Find what an event touches, the primary first.

    Raises RecordError when the call succeeded but the record does not say on what.
    """
    record = event.record
    call = CALLS.get((record.source, record.name))
    fields = Fields(event)
    account = fields.account = account_of(event, fields)
    partition = partition_of(record.region or "")
    if record.error_code:
        return (_attempt(event, call, fields, partition), *_denied(event, account, partition))
    if call is None:
        return _unmodelled(event, fields, partition)
    kind, name = _target(call, fields)
    touches = [_touch(event, ResourceKey.of(partition, account, kind, name), name, call.effects, fields, event.raw)]
    for also in call.also:
        if found := _named(also.kind, also.named_by, fields):
            kind, name = found
            key = ResourceKey.of(partition, account, kind, name)
            touches.append(_touch(event, key, name, also.effects, fields))
    return tuple(touches)


def _attempt(event: CloudTrailEvent, call: Call | None, fields: Fields, partition: str) -> Touch:
    """Route a failed call to what it was on: by its parameters, else by its message, else to the account."""
    # Without parameters nothing tells whose credentials were meant: the caller would be a guess.
    named = _named(call.kind, call.named_by, fields) if call and fields.request else None
    target = named or next(named_resources(fields), None)
    kind, name = target or denied_resource(event.record.error_message or "") or ("account", fields.account)
    creates = call is not None and any(isinstance(effect, Create) for effect in call.effects)
    ops = taught(event, kind, name, creates=creates and call is not None and kind == call.kind)
    key = ResourceKey.of(partition, fields.account, kind, name)
    return Touch(key, Change.of(event.time, event_id_of(event), ops), record=ATTEMPT)


def _denied(event: CloudTrailEvent, account: str, partition: str) -> tuple[Touch, ...]:
    """Keep the name of a denied call with its caller: many of them within minutes are a burst.

    The caller of a session is its role: sessions are without number, and who tries calls may take a new one for each.
    """
    who = identity_of(event)
    issuer = who.session.issuer if who.session else None
    caller = (issuer.arn if issuer else None) or who.arn or who.principal_id
    if error_of(event) not in _DENIED or not caller:
        return ()
    ops = (Op(LEARN, "name", "", caller), Op(PUT, "denied_calls", event.record.name, str(event.time)))
    change = Change.of(event.time, event_id_of(event), ops, event.raw)
    return (Touch(ResourceKey.of(partition, account, "caller", caller), change, record=BURST),)


def _unmodelled(event: CloudTrailEvent, fields: Fields, partition: str) -> tuple[Touch, ...]:
    """Route a call that the table does not know to all it names, which may be other than we know from now on."""
    targets = list(named_resources(fields))
    change = Change.of(event.time, event_id_of(event), STALE_OPS if targets else ())
    return tuple(
        Touch(ResourceKey.of(partition, fields.account, kind, name), change, place == 0, UNMODELLED)
        for place, (kind, name) in enumerate(targets or [("account", fields.account)])
    )


def _touch(
    event: CloudTrailEvent,
    key: ResourceKey,
    name: str,
    effects: tuple[Effect, ...],
    fields: Fields,
    cause: bytes = b"",
) -> Touch:
    ops = [Op(LEARN, "name", "", name)]
    operations(effects, fields, KINDS[key.kind], ops)
    return Touch(key, Change.of(event.time, event_id_of(event), tuple(ops), cause), bool(cause))


def event_id_of(event: CloudTrailEvent) -> str:
    """Return the identity of an event: its eventID, or a digest of the record where it has none."""
    return event.record.event_id or sha256(event.raw).hexdigest()[:36]


@cache
def partition_of(region: str) -> str:
    """Return the AWS partition of a region; the trail that recorded an event names the region."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def account_of(event: CloudTrailEvent, fields: Fields) -> str:
    """Return the account the resource lives in: the one whose trail recorded the event.

    Raises RecordError when neither the record, nor its caller, nor an ARN in the request names an account.
    """
    account = event.record.recipient_account or identity_of(event).account
    if not account:
        arn = fields.get("rq.policyArn")
        account = arn.split(":")[4] if isinstance(arn, str) and arn.count(":") >= 5 else None
    if not account or account == _AWS:
        raise RecordError("the record names no account: recipientAccountId and userIdentity.accountId are absent")
    return account


def _target(call: Call, fields: Fields) -> tuple[str, str]:
    found = _named(call.kind, call.named_by, fields)
    if found:
        return found
    # Some calls on a user's own credentials leave the user out; then it is the caller, who may be root.
    if _CALLER in call.named_by and identity_of(fields.event).type == "Root":
        return "account", fields.account
    named = " or ".join(call.named_by)
    raise RecordError(f"{call.name} succeeded, but the record does not say on which {call.kind}: no {named}")


def _named(kinds: str, named_by: tuple[str, ...], fields: Fields) -> tuple[str, str] | None:
    """Find kind and name of a resource by the first field that names it; None for what AWS owns."""
    for field in named_by:
        name = fields.get(field)
        if isinstance(name, str) and name:
            kind = kind_of(kinds, name)
            if not name.startswith("arn:"):
                name = name.removeprefix("https://") if kind == "oidc-provider" else name
            else:
                name = "" if name.split(":")[4:5] == [_AWS] else name_in_arn(name)
            return (kind, name) if kind and name else None
    return None
