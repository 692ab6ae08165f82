"""The drift record: what one event did to one resource. Its JSON is the contract of `schemas/drift.avsc`."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.cloudtrail.actor import Actor
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.drift.origin import Origin
from iamdrift.iam.snapshot import Snapshot

_NOTHING = Snapshot("")


class Target(msgspec.Struct, frozen=True, gc=False):
    """The resource that changed; `arn` and `unique_id` are empty until an event or a baseline taught them."""

    key: str
    kind: str
    name: str
    account: str
    partition: str
    arn: str = ""
    unique_id: str = ""
    generation: int = 0


class Drift(msgspec.Struct, frozen=True):
    """One change of one resource, before and after.

    `changes` maps an attribute to what changed in IAM terms. `before` and `after` map the same attributes to
    `{"known": value}`, `{"partial": {"present": …, "absent": …}}` or `{"unknown": reason}`. `time` is in milliseconds
    since the epoch, `flags` are order flags (`late`, `superseded`, …). `record` is change, attempt (the call failed),
    unmodelled (the call is not known) or burst (it made a burst of denied calls). A correction has the id of the record
    it `replaces`; without changes it says that there was no drift after all. `recreated` tells, of a resource that was
    made again under its old name, what is other than it was when it was deleted. `attached_to` names whom a change of a
    policy or group reaches, as far as events told, as `role/App`. `origin` says what it follows from, where that
    is known. `snapshot` is all that is known of the resource after the event; it is for rules, and not written.
    """

    id: str
    service: str
    event: str
    target: Target
    changes: dict[str, dict[str, Any]]
    actor: Actor
    time: int
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    cause: CloudTrailEvent
    origin: Origin
    flags: tuple[str, ...] = ()
    attached_to: tuple[str, ...] = ()
    record: str = "change"
    recreated: dict[str, dict[str, Any]] | None = None
    replaces: Drift | None = None
    snapshot: Snapshot = _NOTHING
