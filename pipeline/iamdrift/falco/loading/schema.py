"""The form of rule files: which keys an item has and of which shape. Being out of form is told, and does no harm."""

from __future__ import annotations

from collections.abc import Iterator

from iamdrift.falco.loading.yaml_file import (
    Node,
    elements,
    is_mapping,
    is_null,
    is_scalar,
    is_sequence,
    member,
    members,
    text_of,
)

_CHANGES = ("append", "override")
_LESS = ("warn_evttypes", "skip-if-unknown-filter", "capture", "capture_duration")
# The first of these keys that an item has decides what it is; and the keys that such an item may have.
KEYS: dict[str, frozenset[str]] = {
    "required_engine_version": frozenset(["required_engine_version"]),
    "required_plugin_versions": frozenset(["required_plugin_versions"]),
    "list": frozenset(["list", "items", *_CHANGES]),
    "macro": frozenset(["macro", "condition", *_CHANGES]),
    "rule": frozenset(
        [
            "rule",
            "condition",
            "output",
            "desc",
            "priority",
            "source",
            "enabled",
            "tags",
            "exceptions",
            *_CHANGES,
            *_LESS,
        ]
    ),
}
_ALL_KEYS = frozenset().union(*KEYS.values())
_SEQUENCES = ("required_plugin_versions", "items", "exceptions", "tags")
_PRIORITIES = frozenset(
    ["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"]
)
_EXCEPTION_KEYS = frozenset(["name", "fields", "comps", "values"])


def schema_warnings(found: list[Node]) -> list[str]:
    """Return what is out of form in the documents of a file."""
    told: list[str] = []
    for document in found:
        items = elements(document) if is_sequence(document) else [document]
        for number, item in enumerate(items):
            if is_null(item):
                continue
            wrong = list(_item(item)) if is_mapping(item) else ["it is not a mapping"]
            told += [f"<root>[{number}]: {one}" for one in wrong]
            if wrong:
                told.append(f"<root>: item {number} is out of form")
    return told


def _item(item: Node) -> Iterator[str]:
    for name, value in members(item):
        key = text_of(name)
        if key not in _ALL_KEYS:
            yield f"the key '{key}' is none of a rule file"
        elif key in _SEQUENCES:
            if not is_sequence(value):
                yield f"'{key}' is not a sequence"
        elif key == "override":
            if not is_mapping(value):
                yield "'override' is not a mapping"
        elif not is_scalar(value):
            yield f"'{key}' is not a scalar"
    priority = member(item, "priority")
    if priority is not None and is_scalar(priority) and text_of(priority) not in _PRIORITIES:
        yield f"the priority '{text_of(priority)}' is not written in capital letters"
    exceptions = member(item, "exceptions")
    for one in elements(exceptions) if exceptions is not None and is_sequence(exceptions) else ():
        for name, _ in members(one) if is_mapping(one) else ():
            if text_of(name) not in _EXCEPTION_KEYS:
                yield f"the key '{text_of(name)}' is none of an exception"
