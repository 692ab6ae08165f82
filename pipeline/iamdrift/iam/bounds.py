"""Permissions boundaries seen from the policy: whom it bounds no longer.

A call that gives a role or user another boundary, takes it away or deletes it does not name the policy that it had
before. So each such call is told to every policy that was seen to bound anything in the account: where the name stands
in a policy at that time, it stands there no longer. In whatever order the events come, each policy is
told of each call of the last while.
"""

from __future__ import annotations

import msgspec

from iamdrift.iam.change import RENAME, SET, Change, Op
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.route import CHANGE, Touch

_ATTRIBUTES = {"role": "boundary_for_roles", "user": "boundary_for_users"}


class Rebound(msgspec.Struct, frozen=True, gc=False):
    """A change of what bounds a role or user: its name, and the printed key of the policy, "" for none."""

    kind: str
    name: str
    time: int
    event_id: str
    policy: str


class Bounds(msgspec.Struct, frozen=True, gc=False):
    """The changes of the last while, and the printed keys of all policies that were ever seen to bound."""

    changes: tuple[Rebound, ...] = ()
    policies: tuple[str, ...] = ()


def rebound_of(touches: tuple[Touch, ...]) -> Rebound | None:
    """Return what an event does to the boundary of what it is on; None where it leaves it as it is."""
    first = touches[0]
    change, attribute = first.change, _ATTRIBUTES.get(first.key.kind)
    if attribute is None or first.record != CHANGE:
        return None
    if not change.deletes and not any(op.code == SET and op.attribute == "permissions_boundary" for op in change.ops):
        return None
    held = (str(one.key) for one in touches[1:] if any(op.attribute == attribute for op in one.change.ops))
    return Rebound(first.key.kind, change.ops[0].value, change.time, change.event_id, next(held, ""))


def rebind(bounds: Bounds, new: Rebound, lateness: int) -> tuple[Bounds, list[Touch]]:
    """Take a change in; returns what is remembered, and the touches of policies that may bound no longer."""
    if any(one.event_id == new.event_id for one in bounds.changes):
        return bounds, []
    told = [_left(policy, new) for policy in bounds.policies if policy != new.policy]
    policies = bounds.policies
    if new.policy and new.policy not in policies:
        told += [_left(new.policy, one) for one in bounds.changes if one.policy != new.policy]
        policies = (*policies, new.policy)
    changes = sorted((*bounds.changes, new), key=lambda one: (one.time, one.event_id))
    horizon = changes[-1].time - lateness
    return Bounds(tuple(one for one in changes if one.time >= horizon), policies), told


def _left(policy: str, change: Rebound) -> Touch:
    op = Op(RENAME, _ATTRIBUTES[change.kind], change.name, "")
    return Touch(ResourceKey.parse(policy), Change.of(change.time, change.event_id, (op,)), primary=False)
