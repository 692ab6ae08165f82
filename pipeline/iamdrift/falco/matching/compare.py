"""The comparisons of the condition language by operator and type: with a constant, a set, or another field."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from iamdrift.errors import RuleError
from iamdrift.falco.fields.field import FieldType
from iamdrift.falco.matching.glob import glob_test
from iamdrift.falco.matching.regex import regex_test
from iamdrift.falco.matching.transformers import Typed, ascii_lower

Check = Callable[[Any], bool]
Test = Callable[[str], bool]

_EQUAL = ("=", "==")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SETS = ("in", "intersects")
_OF_TEXT = ("contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "pmatch")
_OPERATORS = {
    FieldType.STRING: frozenset([*_EQUAL, "!=", *_ORDER, *_SETS, *_OF_TEXT]),
    FieldType.UINT64: frozenset([*_EQUAL, "!=", *_ORDER, *_SETS]),
    FieldType.BOOL: frozenset([*_EQUAL, "!=", *_SETS]),
    FieldType.LIST: frozenset(_SETS),
}
_NAMES = {FieldType.STRING: "string", FieldType.UINT64: "numeric", FieldType.BOOL: "boolean", FieldType.LIST: "list"}
_NUMBER = re.compile(r"[+-]?[0-9]+")
_LIMIT = 1 << 64


def check_operator(name: str, kind: FieldType) -> None:
    """Raise RuleError where an operator does not work on a type."""
    if name not in _OPERATORS[kind]:
        raise RuleError(f"'{name}' operator not supported for {_NAMES[kind]} filters")


def constant_of(text: str, kind: FieldType) -> Any:
    """Return a constant by the type it is compared with. Raises RuleError when it is none of that type."""
    if kind is FieldType.UINT64:
        if not _NUMBER.fullmatch(text) or abs(int(text)) >= _LIMIT:
            raise RuleError(f"{text} is not a valid number")
        return int(text) % _LIMIT
    if kind is FieldType.BOOL:
        if text not in ("true", "false"):
            raise RuleError(f"filter error: unrecognized boolean value {text}")
        return text == "true"
    if "\0" in text:
        raise RuleError("a text cannot hold a NUL")
    return text


def against_constant(name: str, left: Typed, text: str) -> Check:
    """Make the check of a constant. Raises RuleError for a value that is none."""
    read, wanted = left.read, constant_of(text, left.type)
    if name in _EQUAL:
        return lambda event: read(event) == wanted
    if name == "!=":
        return lambda event: (value := read(event)) is not None and value != wanted
    if name in _ORDER:
        ordered = _ORDER[name]
        return lambda event: (value := read(event)) is not None and ordered(value, wanted)
    test = _text_test(name, wanted)
    return lambda event: (value := read(event)) is not None and test(value)


def against_set(name: str, left: Typed, values: tuple[str, ...]) -> Check:
    """Make the check of constants in a list."""
    read = left.read
    if name == "pmatch":
        test = path_test(values)
        return lambda event: (value := read(event)) is not None and test(value)
    kind = FieldType.STRING if left.type is FieldType.LIST else left.type
    wanted = frozenset(constant_of(value, kind) for value in values)
    if left.type is not FieldType.LIST:
        return lambda event: read(event) in wanted
    if name == "in":
        return lambda event: bool(value := read(event)) and wanted.issuperset(value)
    return lambda event: (value := read(event)) is not None and not wanted.isdisjoint(value)


def against_operand(name: str, left: Typed, right: Typed) -> Check:
    """Make the check of another field. Raises RuleError where the two do not compare."""
    if name in ("regex", "pmatch"):
        raise RuleError(f"'{name}' operator does not take a field on its right side")
    if left.type is not right.type:
        raise RuleError(f"a {left.type.value} does not compare with a {right.type.value}")
    one, other, compare = left.read, right.read, _both(name, left.type)

    def check(event: Any) -> bool:
        value, wanted = one(event), other(event)
        return value is not None and wanted is not None and compare(value, wanted)

    return check


def _both(name: str, kind: FieldType) -> Callable[[Any, Any], bool]:
    if kind is FieldType.LIST:
        if name == "in":
            return lambda value, wanted: bool(value) and set(wanted).issuperset(value)
        return lambda value, wanted: not set(wanted).isdisjoint(value)
    if name in _EQUAL or name in _SETS:
        return operator.eq
    if name == "!=":
        return operator.ne
    if name in _ORDER:
        return _ORDER[name]
    return lambda value, wanted: _remembered_test(name, wanted)(value)


@lru_cache(maxsize=1024)
def _remembered_test(name: str, wanted: str) -> Test:
    return _text_test(name, wanted)


def _text_test(name: str, wanted: str) -> Test:
    if name == "contains":
        return lambda value: wanted in value
    if name == "icontains":
        folded = ascii_lower(wanted)
        return lambda value: folded in ascii_lower(value)
    if name == "startswith":
        return lambda value: value.startswith(wanted)
    if name == "endswith":
        return lambda value: value.endswith(wanted)
    if name == "regex":
        return regex_test(wanted)
    return glob_test(wanted, ignore_case=name == "iglob")


def path_test(paths: tuple[str, ...]) -> Test:
    """Make the test whether any path is a prefix of a value, component by component; components may be globs."""
    wanted = [[_component(one) for one in _components(path)] for path in paths]

    def test(value: str) -> bool:
        have = _components(value)
        return any(
            len(path) <= len(have) and all(match(one) for match, one in zip(path, have, strict=False))
            for path in wanted
        )

    return test


def _components(path: str) -> list[str]:
    return [one for one in path.split("/") if one]


def _component(text: str) -> Test:
    if any(char in text for char in "*?["):
        return glob_test(text)
    return lambda value: value == text
