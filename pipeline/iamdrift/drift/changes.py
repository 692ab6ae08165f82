"""What changed in an attribute, in IAM's terms: one function for each shape of value.

What is not known to have been there counts as added, what is not known to be gone as removed: a reader who must not
miss a grant is told of it, and `before` in the record says that it was not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iamdrift.iam.attributes import KINDS, Shape
from iamdrift.iam.snapshot import Collection, Snapshot
from iamdrift.policy.difference import EMPTY, document_change, trust_change
from iamdrift.policy.document import PolicyDocument, as_json, document

Changes = dict[str, dict[str, Any]]
UNKNOWN_VALUE = {"unknown": "no_baseline"}


def changes_between(before: Snapshot, after: Snapshot, attributes: tuple[str, ...], partition: str) -> Changes:
    """Compare two snapshots in the named attributes; only attributes that differ are in the result."""
    changes: Changes = {}
    shapes = KINDS[after.kind]
    for attribute in attributes:
        change: dict[str, Any]
        if attribute == "exists":
            change = {} if before.exists is after.exists else {"from": before.exists, "to": after.exists}
        elif attribute == "arn":
            change = {} if before.arn == after.arn else {"from": before.arn, "to": after.arn}
        elif (shape := shapes[attribute]).is_collection:
            was, now = before.collection(attribute), after.collection(attribute)
            change = {} if was is now else _collection_change(was, now, shape, partition)
        else:
            old, new = before.scalar(attribute), after.scalar(attribute)
            change = {} if old == new else _SCALARS[shape](old, new, partition)
        if change:
            changes[attribute] = change
    return changes


def _scalar_change(before: str | None, after: str | None, _: str) -> dict[str, Any]:
    change: dict[str, Any] = {}
    if before is not None:
        change["from"] = before or None
    change["to"] = UNKNOWN_VALUE if after is None else after or None
    return change


def _number_change(before: str | None, after: str | None, partition: str) -> dict[str, Any]:
    change = _scalar_change(before, after, partition)
    return {side: int(value) if isinstance(value, str) else value for side, value in change.items()}


def _trust_change(before: str | None, after: str | None, partition: str) -> dict[str, Any]:
    return trust_change(_document(before, partition), _document(after, partition))


def _document_change(before: str | None, after: str | None, partition: str) -> dict[str, Any]:
    if after is None:
        return {"to": {"unknown": "needs_version"}}
    return document_change(_document(before, partition), _document(after, partition))


_SCALARS: dict[Shape, Callable[[str | None, str | None, str], dict[str, Any]]] = {
    Shape.TEXT: _scalar_change,
    Shape.NUMBER: _number_change,
    Shape.TRUST: _trust_change,
    Shape.DOCUMENT: _document_change,
}


def _document(text: str | None, partition: str) -> PolicyDocument:
    return document(text, partition) if text else EMPTY


def _collection_change(before: Collection, after: Collection, shape: Shape, partition: str) -> dict[str, Any]:
    was, now = before.items, after.items
    added = sorted(now.keys() - was.keys())
    # An element taken out of a collection that was not known may have been there.
    gone = was.keys() - now.keys()
    removed = sorted(gone if after.absent is before.absent else gone | (after.absent - before.absent))
    change: dict[str, Any] = {}
    if shape in (Shape.SET, Shape.VERSIONS):
        return {"added": added, "removed": removed} if added or removed else change
    if added:
        change["added"] = {name: element(now[name], shape) for name in added}
    if removed:
        change["removed"] = {name: element(was.get(name), shape) for name in removed}
    changed = {}
    for name, value in sorted(now.items() - was.items()) if now != was else ():
        if name not in was:
            continue
        old = was[name]
        if shape is Shape.MAP:
            changed[name] = {"from": old, "to": value}
        elif difference := document_change(_document(old, partition), _document(value, partition)):
            changed[name] = difference
    if changed:
        change["changed"] = changed
    return change


def element(value: str | None, shape: Shape) -> Any:
    """Return the value of an element as the record shows it: a document as JSON, a text as it is."""
    if value is None:
        return UNKNOWN_VALUE
    return as_json(value) if shape.holds_documents else value
