"""From an event and the stored state of a resource to drift and the next state: the heart of the job, pure."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from iamdrift.cloudtrail.actor import actor_of
from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.drift.burst import burst_between
from iamdrift.drift.changes import changes_between
from iamdrift.drift.origin import origin_of
from iamdrift.drift.record import Drift, Target
from iamdrift.drift.sides import side
from iamdrift.iam.arrival import CORRECTION, DEFAULT_LATENESS, Told, arrive, withdraw
from iamdrift.iam.attributes import KINDS
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.route import BURST, CHANGE, Touch
from iamdrift.iam.snapshot import touched
from iamdrift.iam.state import ResourceState, unseen

DRIFT, DUPLICATE, NO_CHANGE, FOLLOWED = "drift", "duplicate", "no_change", "followed"
# Records that are told of only where something changed, and corrected when it did not after all.
_WITH_CHANGES = frozenset([CHANGE, BURST])


class Tracked(msgspec.Struct, frozen=True, gc=False):
    """What came of one touch.

    `outcome` is drift, no_change, attempt, unmodelled, burst, duplicate, or followed for a touch that is not primary.
    `state` is None when nothing is new. `drifts` are the record of the touch itself and corrections of others.
    """

    outcome: str
    state: ResourceState | None = None
    drifts: tuple[Drift, ...] = ()


def track(
    state: ResourceState | None, touch: Touch, event: CloudTrailEvent, lateness: int = DEFAULT_LATENESS
) -> Tracked:
    """Take one touch into the state of its resource. `lateness` is how much disorder is healed, in milliseconds."""
    key = touch.key
    if state is None:
        state = unseen(key.kind)
    if touch.withdrawn:
        return _withdrawn(state, touch, event)
    arrival = arrive(state, touch.change, lateness)
    if arrival is None:
        return Tracked(DUPLICATE if touch.primary else FOLLOWED)
    corrections = tuple(_correction(key, was, now) for was, now in arrival.corrections) if arrival.corrections else ()
    if not touch.primary:
        return Tracked(FOLLOWED, arrival.state, corrections)
    drift = _drift(key, event, arrival.told, touch.record)
    if touch.record not in _WITH_CHANGES:
        return Tracked(touch.record, arrival.state, (drift, *corrections))
    if not drift.changes:
        return Tracked(NO_CHANGE, arrival.state, corrections)
    return Tracked(touch.record if touch.record == BURST else DRIFT, arrival.state, (drift, *corrections))


def _withdrawn(state: ResourceState, touch: Touch, event: CloudTrailEvent) -> Tracked:
    """Take a touch back; where drift was told of it, a correction says that there was none here after all."""
    arrival = withdraw(state, touch.change)
    if arrival is None:
        return Tracked(FOLLOWED)
    drifts = [_correction(touch.key, was, now) for was, now in arrival.corrections]
    if touch.primary and touch.change.cause:
        told = arrival.told
        nothing = Told(told.change, told.before, told.before, (CORRECTION,))
        was = _drift(touch.key, event, told, CHANGE)
        if was.changes:
            drifts.insert(0, _drift(touch.key, event, nothing, CHANGE, was))
    return Tracked(FOLLOWED, arrival.state, tuple(drifts))


def _correction(key: ResourceKey, was: Told, now: Told) -> Drift:
    event, kind = parse_event(now.change.cause), BURST if key.kind == "caller" else CHANGE
    return _drift(key, event, now, kind, _drift(key, event, was, kind))


def _drift(key: ResourceKey, event: CloudTrailEvent, told: Told, kind: str, replaces: Drift | None = None) -> Drift:
    change, before, after = told.change, told.before, told.after
    changes = {}
    if kind == CHANGE:
        changes = changes_between(before, after, touched(change, key.kind), key.partition)
    elif kind == BURST:
        changes = burst_between(before, after, change.time)
    recreated = None
    if before.last is not None and change.creates:
        recreated = changes_between(before.last, after, tuple(KINDS[key.kind]), key.partition)
    text, actor = str(key), actor_of(event)
    record = event.record
    return Drift(
        id=drift_id(text, change.event_id),
        service=record.source.removesuffix(".amazonaws.com"),
        event=record.name,
        target=Target(
            key=text,
            kind=key.kind,
            name=after.name or key.name,
            account=key.account,
            partition=key.partition,
            arn=after.arn,
            unique_id=after.unique_id,
            generation=after.generation,
        ),
        changes=changes,
        actor=actor,
        origin=origin_of(key, after.name, actor),
        time=event.time,
        before={attribute: side(before, attribute) for attribute in changes},
        after={attribute: side(after, attribute) for attribute in changes},
        cause=event,
        flags=told.flags,
        record=kind,
        recreated=recreated,
        attached_to=(after if after.exists else before).reach(),
        replaces=replaces,
        snapshot=after,
    )


def drift_id(key: str, event_id: str) -> str:
    """Return the id of a drift record: the same event on the same resource always has the same."""
    return sha256(f"{key}\n{event_id}".encode()).hexdigest()[:32]
