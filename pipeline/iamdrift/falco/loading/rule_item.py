"""From a YAML item to a rule, or to a change of one."""

from __future__ import annotations

from typing import Any

from iamdrift.falco.loading.collection import DRIFT_SOURCE, Collection, RuleItem, RuleUpdate
from iamdrift.falco.loading.exceptions import Entry, RuleException
from iamdrift.falco.loading.overrides import read_changes
from iamdrift.falco.loading.problems import Context, FileResult
from iamdrift.falco.loading.scalars import boolean, priority_of, scalar, texts, whole_number, wrong
from iamdrift.falco.loading.yaml_file import (
    Node,
    elements,
    is_mapping,
    is_null,
    is_scalar,
    is_sequence,
    member,
    text_of,
)

_APPENDABLE = frozenset(["condition", "output", "desc", "tags", "exceptions"])
_FLAGS = ("enabled", "warn_evttypes", "skip-if-unknown-filter", "capture")
_REPLACEABLE = _APPENDABLE | {"priority", "capture_duration", *_FLAGS}
_WITHOUT_OVERRIDE = "Unexpected key '{0}': no corresponding entry under 'override' is defined."
_ENABLED_OLD = "'enabled' alone is deprecated: add 'override: {enabled: replace}'"


def read_rule(item: Node, name: str, into: Collection, result: FileResult, context: Context) -> None:
    """Read a rule, or a change of one, into a collection. Raises LoadError."""
    append, overrides = read_changes(item, _APPENDABLE, _REPLACEABLE, result, context)
    source = scalar(item, "source", context) if member(item, "source") is not None else None
    if overrides:
        _override(item, name, source, overrides, into, result, context)
    elif append:
        keys = [key for key in ("condition", "exceptions") if member(item, key) is not None]
        into.append_rule(_update(item, name, source, keys, result, context, append=True))
    elif all(member(item, key) is None for key in ("condition", "output", "desc", "priority")):
        enabled = boolean(item, "enabled", context)
        result.warn("LOAD_DEPRECATED_ITEM", _ENABLED_OLD, context)
        into.enable_rule(name, enabled=enabled, context=context)
    else:
        into.define_rule(_rule(item, name, source, into, result, context), result)


def _override(
    item: Node,
    name: str,
    source: str | None,
    overrides: dict[str, str],
    into: Collection,
    result: FileResult,
    context: Context,
) -> None:
    for operation, apply in (("append", into.append_rule), ("replace", into.replace_in_rule)):
        keys = [key for key, one in overrides.items() if one == operation]
        for key in keys:
            if member(item, key) is None:
                raise wrong(f"An {operation} override for '{key}' was specified but '{key}' is not defined", context)
        if keys:
            apply(_update(item, name, source, keys, result, context, append=operation == "append"))
    for key in sorted(_REPLACEABLE):
        node = member(item, key)
        if node is not None and key not in overrides:
            raise wrong(_WITHOUT_OVERRIDE.format(key), context.at(node, "overrides", key))


def _update(
    item: Node,
    name: str,
    source: str | None,
    keys: list[str],
    result: FileResult,
    context: Context,
    *,
    append: bool,
) -> RuleUpdate:
    def read(key: str) -> Any:
        if key == "tags":
            return frozenset(texts(item, key, context))
        if key == "exceptions":
            return _exceptions(item, result, context, append=append)
        if key == "priority":
            return _priority(item, context)
        if key == "capture_duration":
            return whole_number(item, key, context)
        return boolean(item, key, context) if key in _FLAGS else scalar(item, key, context)

    return RuleUpdate(name, context, source, **{key.replace("-", "_"): read(key) for key in keys})


def _rule(
    item: Node, name: str, source: str | None, into: Collection, result: FileResult, context: Context
) -> RuleItem:
    previous = into.rules.get(name)
    condition = scalar(item, "condition", context)
    output = scalar(item, "output", context)
    # Ours: rules on drift need no description.
    ours = (source or (previous.source if previous else None) or DRIFT_SOURCE) == DRIFT_SOURCE
    desc = "" if ours and member(item, "desc") is None else scalar(item, "desc", context)
    flags = {key.replace("-", "_"): boolean(item, key, context) for key in _FLAGS if member(item, key) is not None}
    return RuleItem(
        name=name,
        condition=condition,
        output=output.strip(),
        desc=desc,
        priority=_priority(item, context),
        source=source,
        context=context,
        condition_context=context.at(member(item, "condition"), "rule condition"),
        output_context=context.at(member(item, "output"), "rule output"),
        tags=frozenset(texts(item, "tags", context)) if member(item, "tags") is not None else frozenset(),
        exceptions=_exceptions(item, result, context, append=False),
        capture_duration=_duration(item, context),
        **flags,
    )


def _duration(item: Node, context: Context) -> int:
    return whole_number(item, "capture_duration", context) if member(item, "capture_duration") is not None else 0


def _priority(item: Node, context: Context) -> str:
    text = scalar(item, "priority", context)
    return priority_of(text, context.at(member(item, "priority"), "rule priority"))


def _exceptions(item: Node, result: FileResult, context: Context, *, append: bool) -> list[RuleException]:
    node = member(item, "exceptions")
    found: list[RuleException] = []
    if node is None or is_null(node):
        return found
    place = context.at(node, "exceptions")
    if not is_sequence(node):
        raise wrong("Rule exceptions must be a sequence", place)
    for one in elements(node):
        if not is_mapping(one):
            raise wrong("Rule exception must be a mapping", place.at(one, "exception"))
        name = scalar(one, "name", place.at(one, "exception"))
        inner = context.at(one, "exception", name)
        if any(other.name == name for other in found):
            told = f"Multiple definitions of exception '{name}' in the same rule"
            result.warn("LOAD_EXCEPTION_NAME_NOT_UNIQUE", told, inner)
        found.append(_exception(one, name, result, inner, append=append))
    return found


def _exception(node: Node, name: str, result: FileResult, context: Context, *, append: bool) -> RuleException:
    found = RuleException(name, context)
    for key, optional in (("fields", append), ("comps", True)):
        value = member(node, key)
        if value is None and not optional:
            raise wrong(f"Item has no mapping for key '{key}'", context)
        if value is not None:
            setattr(found, key, _entry(value, context.at(value, "value for", key)))
    values = member(node, "values")
    if values is None:
        if append:
            result.warn("LOAD_APPEND_NO_VALUES", "Overriding/appending exception with no values", context)
        return found
    place = context.at(values, "exception values")
    if not is_sequence(values):
        raise wrong("Rule exception values must be a sequence", place)
    found.values = [_entry(value, place.at(value, "exception value")) for value in elements(values)]
    return found


def _entry(node: Node, context: Context) -> Entry:
    if is_sequence(node):
        return Entry(items=[_entry(one, context.at(one, "exception")) for one in elements(node)], is_list=True)
    if is_scalar(node):
        if not text_of(node):
            raise wrong("Value must be non-empty", context)
        return Entry(text_of(node))
    return Entry()
