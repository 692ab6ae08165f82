"""Before and after of an attribute, with what is known of it: `known`, `partial` or `unknown`.

Never a null that could mean "absent": a value known to be none is `{"known": null}`, one that is not known says so
and why (DESIGN, "Honesty about the unknown").
"""

from __future__ import annotations

from typing import Any

from iamdrift.drift.changes import UNKNOWN_VALUE, element
from iamdrift.iam.attributes import KINDS, Shape
from iamdrift.iam.snapshot import Collection, Snapshot
from iamdrift.policy.document import as_json

Side = dict[str, Any]


def side(snapshot: Snapshot, attribute: str) -> Side:
    """Show an attribute of a snapshot."""
    if attribute == "exists":
        return UNKNOWN_VALUE if snapshot.exists is None else {"known": snapshot.exists}
    if attribute == "arn":
        return {"known": snapshot.arn} if snapshot.arn else UNKNOWN_VALUE
    shape = KINDS[snapshot.kind][attribute]
    if shape.is_collection:
        return _collection(snapshot.collection(attribute), shape)
    value = snapshot.scalar(attribute)
    if value is None:
        return UNKNOWN_VALUE
    return {"known": _scalar(value, shape)}


def _scalar(value: str, shape: Shape) -> Any:
    if not value:
        return None
    if shape is Shape.NUMBER:
        return int(value)
    return as_json(value) if shape.holds_documents else value


def _collection(held: Collection, shape: Shape) -> Side:
    present: Any
    if shape in (Shape.SET, Shape.VERSIONS):
        present = sorted(held.items)
    else:
        present = {name: element(value, shape) for name, value in sorted(held.items.items())}
    if held.complete:
        return {"known": present}
    if not held.items and not held.absent:
        return UNKNOWN_VALUE
    partial: Side = {"present": present}
    if held.absent:
        partial["absent"] = sorted(held.absent)
    return {"partial": partial}
