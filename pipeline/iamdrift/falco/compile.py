"""From a syntax tree to one Python function, made once when rules are loaded.

Semantics as in Falco: a missing value makes every comparison false, `!=` too; text compares byte for byte; `glob` is
fnmatch(3) without flags, where `*` matches `/`; `regex` matches the whole value; lists know exists, in, intersects.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from iamdrift.errors import RuleError
from iamdrift.falco.fields import Extract, Field, FieldSet, FieldType
from iamdrift.falco.syntax import Among, And, Compare, Exists, Macro, Node, Not, Or

Check = Callable[[Any], bool]

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_STRING_OPERATORS = frozenset(
    [
        "=",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "contains",
        "icontains",
        "startswith",
        "endswith",
        "glob",
        "iglob",
        "regex",
        "in",
        "intersects",
        "pmatch",
    ]
)
_OPERATORS = {
    FieldType.STRING: _STRING_OPERATORS,
    FieldType.UINT64: frozenset(["=", "==", "!=", "<", "<=", ">", ">=", "in", "intersects"]),
    FieldType.BOOL: frozenset(["=", "==", "!=", "in", "intersects"]),
    FieldType.LIST: frozenset(("in", "intersects")),
}
# RE2 in POSIX mode has no Perl classes and no groups that begin with a question mark.
_NOT_POSIX = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[dDwWsSbBpPAzZQE]|\(\?)")


def compile_condition(node: Node, fields: FieldSet) -> Check:
    """Compile a condition whose macros are resolved. Raises RuleError for unknown fields and wrong operators."""
    if isinstance(node, And | Or):
        checks = tuple(compile_condition(part, fields) for part in node.parts)
        return _all(checks) if isinstance(node, And) else _any(checks)
    if isinstance(node, Not):
        inner = compile_condition(node.part, fields)
        return lambda event: not inner(event)
    if isinstance(node, Macro):
        raise RuleError(f"undefined macro {node.name!r}; a field has a dot in its name")
    field, read = fields.find(node.field)
    if isinstance(node, Exists):
        return lambda event: read(event) is not None
    if node.operator not in _OPERATORS[field.type]:
        raise RuleError(f"operator {node.operator!r} does not work on {field.name}, which is a {field.type.value}")
    return _compare(node, field, read) if isinstance(node, Compare) else _among(node, field, read)


def _all(checks: tuple[Check, ...]) -> Check:
    if len(checks) == 2:
        first, second = checks
        return lambda event: first(event) and second(event)

    def every(event: Any) -> bool:
        for check in checks:  # noqa: SIM110  a generator would cost more than most checks
            if not check(event):
                return False
        return True

    return every


def _any(checks: tuple[Check, ...]) -> Check:
    def some(event: Any) -> bool:
        for check in checks:  # noqa: SIM110
            if check(event):
                return True
        return False

    return some


def _constant(text: str, field: Field) -> Any:
    if field.type is FieldType.UINT64:
        if not text.isdecimal():
            raise RuleError(f"{text!r} is not a valid number for {field.name}")
        return int(text)
    if field.type is FieldType.BOOL:
        if text not in ("true", "false"):
            raise RuleError(f"{text!r} is neither true nor false for {field.name}")
        return text == "true"
    return text


def _compare(node: Compare, field: Field, read: Extract) -> Check:
    wanted = _constant(node.value, field)
    if node.operator in ("=", "=="):
        return lambda event: read(event) == wanted
    if node.operator == "!=":
        return lambda event: (value := read(event)) is not None and value != wanted
    if node.operator in _ORDER:
        ordered = _ORDER[node.operator]
        return lambda event: (value := read(event)) is not None and ordered(value, wanted)
    test = _text_test(node.operator, wanted)
    return lambda event: (value := read(event)) is not None and test(value)


def _text_test(name: str, wanted: str) -> Callable[[str], bool]:
    if name == "contains":
        return lambda value: wanted in value
    if name == "icontains":
        folded = _ascii_lower(wanted)
        return lambda value: folded in _ascii_lower(value)
    if name == "startswith":
        return lambda value: value.startswith(wanted)
    if name == "endswith":
        return lambda value: value.endswith(wanted)
    if name == "regex":
        match = _regex(wanted).fullmatch
    else:
        flags = re.IGNORECASE | re.ASCII if name == "iglob" else re.NOFLAG
        match = re.compile(glob_pattern(wanted), flags | re.DOTALL).fullmatch
    return lambda value: match(value) is not None


def _ascii_lower(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _regex(text: str) -> re.Pattern[str]:
    if _NOT_POSIX.search(text):
        raise RuleError(f"regex {text!r} is not POSIX, as Falco wants it: write [[:digit:]] or [0-9] for a class")
    classes = {"[:digit:]": "0-9", "[:alpha:]": "a-zA-Z", "[:alnum:]": "a-zA-Z0-9", "[:space:]": r"\s"}
    for name, plain in classes.items():
        text = text.replace(name, plain)
    try:
        return re.compile(text)
    except re.error as error:
        raise RuleError(f"regex {text!r}: {error}") from error


def glob_pattern(text: str) -> str:
    """Translate a glob, as fnmatch(3) without flags reads it, to a regular expression."""
    out, at = [], 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "\\" and at < len(text):
            out.append(re.escape(text[at]))
            at += 1
        elif char == "[" and (end := text.find("]", at + 2 if text[at : at + 1] in ("!", "^") else at + 1)) > 0:
            inside = text[at:end].replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[^{inside[1:]}]" if inside[:1] in ("!", "^") else f"[{inside}]")
            at = end + 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _among(node: Among, field: Field, read: Extract) -> Check:
    if node.operator == "pmatch":
        paths = [_components(one) for one in node.values]
        return lambda event: (value := read(event)) is not None and _path_match(_components(value), paths)
    wanted = frozenset(_constant(one, field) for one in node.values)
    if field.type is not FieldType.LIST:
        return lambda event: read(event) in wanted
    if node.operator == "in":
        return lambda event: (value := read(event)) is not None and wanted.issuperset(value)
    return lambda event: (value := read(event)) is not None and not wanted.isdisjoint(value)


def _components(path: str) -> list[str]:
    return [one for one in path.split("/") if one]


def _path_match(value: list[str], paths: list[list[str]]) -> bool:
    return any(
        len(path) <= len(value)
        and all(re.fullmatch(glob_pattern(want), have, re.DOTALL) for want, have in zip(path, value, strict=False))
        for path in paths
    )
