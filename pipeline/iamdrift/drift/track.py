"""From an event and the stored state of a resource to drift and the next state: the heart of the job, pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from iamdrift.cloudtrail.actor import actor_of
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.drift.changes import changes_between
from iamdrift.drift.record import Drift, Target
from iamdrift.drift.sides import side
from iamdrift.iam.arrival import DEFAULT_LATENESS, Arrival, arrive
from iamdrift.iam.route import Touch
from iamdrift.iam.snapshot import touched
from iamdrift.iam.state import ResourceState, unseen

DRIFT, DUPLICATE, NO_CHANGE, FOLLOWED = "drift", "duplicate", "no_change", "followed"


@dataclass(frozen=True, slots=True)
class Tracked:
    """What came of one touch: `outcome` is drift, no_change, duplicate, or followed for one that is not primary.

    `state` is None when nothing is new.
    """

    outcome: str
    state: ResourceState | None = None
    drift: Drift | None = None


def track(
    state: ResourceState | None, touch: Touch, event: CloudTrailEvent, lateness: int = DEFAULT_LATENESS
) -> Tracked:
    """Take one touch into the state of its resource. `lateness` is how much disorder is healed, in milliseconds."""
    key = touch.key
    if state is None:
        state = unseen(key.kind)
    arrival = arrive(state, touch.change, lateness)
    if arrival is None:
        return Tracked(DUPLICATE)
    if not touch.primary:
        return Tracked(FOLLOWED, arrival.state)
    drift = _drift(touch, event, arrival)
    return Tracked(DRIFT if drift else NO_CHANGE, arrival.state, drift)


def _drift(touch: Touch, event: CloudTrailEvent, arrival: Arrival) -> Drift | None:
    key, change, before, after = touch.key, touch.change, arrival.before, arrival.after
    changes = changes_between(before, after, touched(change, key.kind), key.partition)
    if not changes:
        return None
    text = str(key)
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
        actor=actor_of(event),
        time=event.time,
        before={attribute: side(before, attribute) for attribute in changes},
        after={attribute: side(after, attribute) for attribute in changes},
        cause=event,
        flags=arrival.flags,
    )


def drift_id(key: str, event_id: str) -> str:
    """Return the id of a drift record: the same event on the same resource always has the same."""
    return sha256(f"{key}\n{event_id}".encode()).hexdigest()[:32]
