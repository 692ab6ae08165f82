"""Which resource an event touches, and how: from event to key and change, by the call table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from iamdrift.cloudtrail.actor import identity_of
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.errors import RecordError
from iamdrift.iam.attributes import KINDS
from iamdrift.iam.calls import CALLS, Call
from iamdrift.iam.change import COPY, CREATE, DELETE, DISCARD, DROP, LEARN, PUT, SET, Change, Op
from iamdrift.iam.effects import (
    Add,
    Body,
    Clear,
    Copy,
    Create,
    Delete,
    Effect,
    Learn,
    Put,
    PutTags,
    Remove,
    RemoveEach,
    Set,
    When,
    read_field,
)
from iamdrift.iam.key import ResourceKey
from iamdrift.policy.document import compact

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


class Touch(NamedTuple):
    """One resource that an event touches, and what the event does to it."""

    key: ResourceKey
    change: Change


def route(event: CloudTrailEvent) -> Touch | None:
    """Find what an event touches; None when the call table has no row for it or the call failed.

    Raises RecordError when the call succeeded but the record does not say on what.
    """
    record = event.record
    call = CALLS.get((record.source, record.name))
    if call is None or record.error_code:
        return None
    request, response = event.request(), event.response()
    name = _name(call, request, response)
    key = ResourceKey.of(partition_of(record.region or ""), account_of(event, request), call.kind, name)
    shapes = KINDS[call.kind]
    ops = [Op(LEARN, "name", "", name)]
    for effect in call.effects:
        _OPS[type(effect)](effect, request, response, shapes, ops)
    return Touch(key, Change.of(event.time, event_id_of(event), tuple(ops)))


def event_id_of(event: CloudTrailEvent) -> str:
    """Return the identity of an event: its eventID, or a digest of the record where it has none."""
    return event.record.event_id or sha256(event.raw).hexdigest()[:36]


@cache
def partition_of(region: str) -> str:
    """Return the AWS partition of a region; the trail that recorded an event names the region."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def account_of(event: CloudTrailEvent, request: Body) -> str:
    """Return the account the resource lives in: the one whose trail recorded the event.

    Raises RecordError when neither the record, nor its caller, nor an ARN in the request names an account.
    """
    account = event.record.recipient_account or identity_of(event).account
    if not account:
        arn = request.get("policyArn")
        account = arn.split(":")[4] if isinstance(arn, str) and arn.count(":") >= 5 else None
    if not account or account == "aws":
        raise RecordError("the record names no account: recipientAccountId and userIdentity.accountId are absent")
    return account


def _name(call: Call, request: Body, response: Body) -> str:
    for field in call.named_by:
        name = read_field(field, request, response)
        if isinstance(name, str) and name:
            return name.rpartition("/")[2] if name.startswith("arn:") else name
    fields = " or ".join(call.named_by)
    raise RecordError(f"{call.name} succeeded, but the record does not say on which {call.kind}: no {fields}")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _create(_: Create, __: Body, ___: Body, ____: Any, ops: list[Op]) -> None:
    ops.append(Op(CREATE))


def _delete(_: Delete, __: Body, ___: Body, ____: Any, ops: list[Op]) -> None:
    ops.append(Op(DELETE))


def _learn(effect: Learn, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    value = read_field(effect.field, request, response)
    if isinstance(value, str) and value:
        ops.append(Op(LEARN, effect.fact, "", value))


def _set(effect: Set, request: Body, response: Body, shapes: Any, ops: list[Op]) -> None:
    value = read_field(effect.field, request, response)
    text = effect.default if value is None else _text(value)
    if text is None:
        return
    if shapes[effect.attribute].holds_documents:
        text = compact(text)
    ops.append(Op(SET, effect.attribute, "", text))


def _clear(effect: Clear, _: Body, __: Body, ___: Any, ops: list[Op]) -> None:
    ops.append(Op(SET, effect.attribute))


def _add(effect: Add, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    value = read_field(effect.field, request, response)
    if value is not None:
        ops.append(Op(PUT, effect.attribute, _text(value)))


def _remove(effect: Remove, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    value = read_field(effect.field, request, response)
    if value is not None:
        ops.append(Op(DROP, effect.attribute, _text(value)))


def _put(effect: Put, request: Body, response: Body, shapes: Any, ops: list[Op]) -> None:
    element = read_field(effect.element, request, response)
    value = read_field(effect.field, request, response)
    if element is not None and value is not None:
        text = compact(_text(value)) if shapes[effect.attribute].holds_documents else _text(value)
        ops.append(Op(PUT, effect.attribute, _text(element), text))


def _put_tags(effect: PutTags, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    tags = read_field(effect.field, request, response)
    ops.extend(
        Op(PUT, effect.attribute, _text(tag["key"]), _text(tag.get("value", "")))
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and "key" in tag
    )


def _remove_each(effect: RemoveEach, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    names = read_field(effect.field, request, response)
    ops.extend(Op(DISCARD, effect.attribute, _text(name)) for name in (names if isinstance(names, list) else ()))


def _copy(effect: Copy, request: Body, response: Body, _: Any, ops: list[Op]) -> None:
    element = read_field(effect.field, request, response)
    if element is not None:
        ops.append(Op(COPY, effect.attribute, _text(element), effect.collection))


def _when(effect: When, request: Body, response: Body, shapes: Any, ops: list[Op]) -> None:
    if read_field(effect.field, request, response) in (True, "true"):
        for inner in effect.effects:
            _OPS[type(inner)](inner, request, response, shapes, ops)


_OPS: dict[type[Effect], Callable[[Any, Body, Body, Any, list[Op]], None]] = {
    Create: _create,
    Delete: _delete,
    Learn: _learn,
    Set: _set,
    Clear: _clear,
    Add: _add,
    Remove: _remove,
    Put: _put,
    PutTags: _put_tags,
    RemoveEach: _remove_each,
    Copy: _copy,
    When: _when,
}
