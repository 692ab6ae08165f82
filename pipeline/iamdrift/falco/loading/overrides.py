"""What an item says it changes of an earlier one: `override`, and the older `append: true`."""

from __future__ import annotations

from iamdrift.falco.loading.problems import Context, FileResult
from iamdrift.falco.loading.scalars import boolean, wrong
from iamdrift.falco.loading.yaml_file import Node, is_mapping, is_scalar, member, members, text_of

_APPEND_OLD = "'append' is deprecated: say under 'override' what is to be appended"
_APPEND_TWICE = "'append: true' and 'override' cannot be used together: say under 'override' what is to be appended"


def read_changes(
    item: Node, appendable: frozenset[str], replaceable: frozenset[str], result: FileResult, context: Context
) -> tuple[bool, dict[str, str]]:
    """Return whether an item says `append: true`, and its overrides: append or replace, by key. Raises LoadError."""
    append = boolean(item, "append", context) if member(item, "append") is not None else False
    if append:
        result.warn("LOAD_DEPRECATED_ITEM", _APPEND_OLD, context)
    overrides = _overrides(item, appendable, replaceable, context)
    if append and overrides:
        raise wrong(_APPEND_TWICE, context)
    return append, overrides


def _overrides(item: Node, appendable: frozenset[str], replaceable: frozenset[str], context: Context) -> dict[str, str]:
    node = member(item, "override")
    if node is None:
        return {}
    place = context.at(item, "overrides")
    if not is_mapping(node):
        raise wrong("Value of override must be a mapping", place)
    found = {}
    for name, value in members(node):
        key, operation = text_of(name), text_of(value) if is_scalar(value) else ""
        inner = place.at(name, "overrides", key)
        if operation == "append" and key not in appendable:
            raise wrong(f"Key '{key}' cannot be appended to, use 'replace' instead", inner)
        if operation == "replace" and key not in replaceable:
            raise wrong(f"Key '{key}' cannot be replaced", inner)
        if operation not in ("append", "replace"):
            allowed = [one for one, keys in (("append", appendable), ("replace", replaceable)) if key in keys]
            raise wrong(
                f"Invalid override operation for key '{key}': '{operation}'. Allowed values are: {' '.join(allowed)}",
                place.at(value, "value for", key),
            )
        found[key] = operation
    return found
