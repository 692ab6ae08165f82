"""What changed between two policy documents, in IAM's terms."""

from __future__ import annotations

from typing import Any

import msgspec

from iamdrift.policy.document import Condition, PolicyDocument

EMPTY = PolicyDocument("", None, {}, {}, {})

# Facets in the order a reader wants them; the same again with `denied_` in front for Deny statements.
_FACETS = (
    "principals",
    "not_principals",
    "actions",
    "not_actions",
    "resources",
    "not_resources",
    "conditions",
)
FACETS = (*_FACETS, *(f"denied_{facet}" for facet in _FACETS))
_PLACES = {facet: place for place, facet in enumerate(FACETS)}


# What every trust policy lets its principals do, by the kind of principal.
_TO_ASSUME = frozenset(["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"])


def trust_change(before: PolicyDocument, after: PolicyDocument) -> dict[str, Any]:
    """Compare two trust policies; empty when they mean the same.

    `added_principals` and `removed_principals` are always there when something changed, every other key only when it
    says something: that a new trust policy allows to assume the role does not. Whole statements are listed only when
    nothing smaller tells the change apart.
    """
    if before.same_as(after):
        return {}
    facets = _facet_changes(before, after)
    for side, key in ((before, "added_actions"), (after, "removed_actions")):
        if not side.text and key in facets:
            facets[key] = [action for action in facets[key] if action.casefold() not in _TO_ASSUME]
            if not facets[key]:
                del facets[key]
    change: dict[str, Any] = {
        "added_principals": facets.pop("added_principals", []),
        "removed_principals": facets.pop("removed_principals", []),
        **facets,
        **_version_change(before, after),
    }
    if not any(change.values()):
        change.update(_statement_changes(before, after))
    return change


def document_change(before: PolicyDocument, after: PolicyDocument) -> dict[str, Any]:
    """Compare two permission policies; empty when they mean the same, else facets and statements that differ."""
    if before.same_as(after):
        return {}
    return {
        **_facet_changes(before, after),
        **_version_change(before, after),
        **_statement_changes(before, after),
    }


def _facet_changes(before: PolicyDocument, after: PolicyDocument) -> dict[str, Any]:
    change: dict[str, Any] = {}
    old, new = before.facets, after.facets
    differing = [facet for facet, now in new.items() if old.get(facet) != now]
    differing += [facet for facet in old if facet not in new]
    for facet in sorted(differing, key=_PLACES.__getitem__):
        was, now = old.get(facet), new.get(facet)
        added = now - was if was and now else now
        removed = was - now if was and now else was
        if added:
            change[f"added_{facet}"] = _shown(added, after)
        if removed:
            change[f"removed_{facet}"] = _shown(removed, before)
    return change


def _version_change(before: PolicyDocument, after: PolicyDocument) -> dict[str, Any]:
    if before.version == after.version or before.statements is None or not before.text or not after.text:
        return {}
    return {"version": {"from": before.version, "to": after.version}}


def _statement_changes(before: PolicyDocument, after: PolicyDocument) -> dict[str, Any]:
    if before.statements is None or after.statements is None:
        return _json_change(before.text, after.text)
    added = [written for form, written in after.statements.items() if form not in before.statements]
    removed = [written for form, written in before.statements.items() if form not in after.statements]
    change = {}
    if added:
        change["added_statements"] = added
    if removed:
        change["removed_statements"] = removed
    return change


def _shown(facts: frozenset[Any], origin: PolicyDocument) -> list[Any]:
    """Give canonical facts back their written form, sorted."""
    one = next(iter(facts))
    if isinstance(one, tuple):
        return sorted(name for _, name in facts)
    if isinstance(one, Condition):
        return [
            {"operator": c.operator, "key": c.key, "values": list(c.values)}
            for c in sorted(facts, key=lambda c: (c.operator, c.key, c.values))
        ]
    return sorted(origin.spelling.get(fact, fact) for fact in facts)


def _json_change(before: str, after: str) -> dict[str, Any]:
    """Compare two texts that are not of the policy grammar: as JSON where they are JSON, else as texts.

    The one place where DeepDiff serves: such documents have no IAM form of their own, and they are rare.
    """
    try:
        old, new = msgspec.json.decode(before or "null"), msgspec.json.decode(after or "null")
    except msgspec.DecodeError:
        return {"from": before, "to": after}
    from deepdiff import DeepDiff

    difference = DeepDiff(old, new, ignore_order=True, verbose_level=2)
    return {"json": msgspec.json.decode(difference.to_json())} if difference else {}
