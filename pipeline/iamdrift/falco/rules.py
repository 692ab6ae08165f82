"""Rule files: lists, macros and rules in Falco's YAML, with the place of everything that is wrong.

Ours: a rule without `source` belongs to `iam_drift`, `desc` may be absent, and one mapping instead of a list is
accepted with a warning. Scalars are taken as their raw text, as Falco takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from iamdrift.errors import FilePlace, RuleError

DRIFT_SOURCE = "iam_drift"
_PRIORITIES = {
    name.casefold(): name
    for name in ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug")
} | {"info": "Informational"}
_TRUE, _FALSE = ("true", "yes", "on", "y"), ("false", "no", "off", "n")
_RULE_KEYS = frozenset(
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
        "warn_evttypes",
        "skip-if-unknown-filter",
    ]
)
_IGNORED_ITEMS = ("required_engine_version", "required_plugin_versions")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file by name and text, so that it can travel to workers."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as written; `place` is where its condition stands."""

    name: str
    condition: str
    output: str
    priority: str
    source: str
    place: FilePlace
    desc: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801  `Warning` is Python's own
    """Something a rule author should know: Falco's warning code, what, where."""

    code: str
    message: str
    place: FilePlace

    def __str__(self) -> str:
        return f"{self.place}: {self.code}: {self.message}"


@dataclass(slots=True)
class Definitions:
    """Everything that rule files define, in order, and what is wrong with them."""

    rules: dict[str, Rule] = field(default_factory=dict)
    macros: dict[str, tuple[str, FilePlace]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: list[Warning_] = field(default_factory=list)
    errors: list[RuleError] = field(default_factory=list)


def read_rules(files: tuple[RuleFile, ...]) -> Definitions:
    """Read rule files one after the other; errors are collected, not raised."""
    found = Definitions()
    for file in files:
        try:
            documents = list(yaml.compose_all(file.text, yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = FilePlace(file.name, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0)
            found.errors.append(RuleError(f"not YAML: {error.problem}", place))
            continue
        for document in documents:
            for item in _items(document, file.name, found):
                try:
                    _item(item, file.name, found)
                except RuleError as error:
                    found.errors.append(error)
    return found


def _items(document: Any, name: str, found: Definitions) -> Iterator[Any]:
    if document is None or _is_null(document):
        return
    place = _place(document, name)
    if isinstance(document, yaml.MappingNode):
        found.warnings.append(Warning_("LOAD_SINGLE_ITEM", "one mapping; Falco itself wants a list of items", place))
        yield document
    elif isinstance(document, yaml.SequenceNode):
        yield from (node for node in document.value if not _is_null(node))
    else:
        found.errors.append(RuleError("expected a list of rules, macros and lists", place))


def _item(node: Any, name: str, found: Definitions) -> None:
    place = _place(node, name)
    if not isinstance(node, yaml.MappingNode):
        raise RuleError("expected a mapping that begins with rule, macro or list", place)
    item = {key.value: value for key, value in node.value}
    if any(key in item for key in _IGNORED_ITEMS):
        return
    for unsupported in ("append", "override"):
        if unsupported in item:
            raise RuleError(f"{unsupported!r} is not supported yet", _place(item[unsupported], name))
    if "list" in item:
        found.lists[_scalar(item, "list", name, place)] = _sequence(item, "items", name, place)
    elif "macro" in item:
        text = _scalar(item, "condition", name, place)
        found.macros[_scalar(item, "macro", name, place)] = text, _place(item["condition"], name)
    elif "rule" in item:
        rule = _rule(item, name, place, found)
        found.rules[rule.name] = rule
    else:
        found.warnings.append(Warning_("LOAD_UNKNOWN_ITEM", "neither a rule, a macro nor a list", place))


def _rule(item: dict[str, Any], name: str, place: FilePlace, found: Definitions) -> Rule:
    found.warnings += [
        Warning_("LOAD_UNKNOWN_KEY", f"unknown key {key!r}", _place(value, name))
        for key, value in item.items()
        if key not in _RULE_KEYS
    ]
    if "exceptions" in item:
        raise RuleError("exceptions are not supported yet", _place(item["exceptions"], name))
    priority = _scalar(item, "priority", name, place)
    if priority.casefold() not in _PRIORITIES:
        known = ", ".join(dict.fromkeys(_PRIORITIES.values()))
        raise RuleError(f"unknown priority {priority!r}; known are {known}", _place(item["priority"], name))
    return Rule(
        name=_scalar(item, "rule", name, place),
        condition=_scalar(item, "condition", name, place),
        output=_scalar(item, "output", name, place).strip(),
        priority=_PRIORITIES[priority.casefold()],
        source=_scalar(item, "source", name, place) if "source" in item else DRIFT_SOURCE,
        place=_place(item["condition"], name),
        desc=_scalar(item, "desc", name, place) if "desc" in item else "",
        tags=tuple(sorted(set(_sequence(item, "tags", name, place)))) if "tags" in item else (),
        enabled=_boolean(item, "enabled", name) if "enabled" in item else True,
    )


def _scalar(item: dict[str, Any], key: str, name: str, place: FilePlace) -> str:
    node = item.get(key)
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise RuleError(f"expected a text under {key!r}", _place(node, name) if node else place)
    return str(node.value)


def _sequence(item: dict[str, Any], key: str, name: str, place: FilePlace) -> tuple[str, ...]:
    node = item.get(key)
    if not isinstance(node, yaml.SequenceNode) or not all(isinstance(one, yaml.ScalarNode) for one in node.value):
        raise RuleError(f"expected a list of texts under {key!r}", _place(node, name) if node else place)
    return tuple(str(one.value) for one in node.value)


def _boolean(item: dict[str, Any], key: str, name: str) -> bool:
    node = item[key]
    text = str(node.value).casefold()
    if text not in (*_TRUE, *_FALSE):
        raise RuleError(f"expected true or false under {key!r}", _place(node, name))
    return text in _TRUE


def _is_null(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _place(node: Any, name: str) -> FilePlace:
    return FilePlace(name, node.start_mark.line + 1, node.start_mark.column + 1)


def expand_lists(condition: str, lists: dict[str, tuple[str, ...]]) -> str:
    """Put the items of lists into a condition, as text and before parsing, as Falco does."""
    for name, items in lists.items():
        if name not in condition:
            continue
        joined = ", ".join(f'"{one}"' if re.search(r"\s", one) and one[:1] not in "\"'" else one for one in items)
        pattern = re.compile(rf"(?<![^\s(),=]){re.escape(name)}(?![^\s(),=])")
        condition = pattern.sub(joined.replace("\\", r"\\"), condition)
    return condition
