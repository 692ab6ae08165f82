"""What the engine warns of in a condition that compiles: values that look like mistakes (`sinsp_filter_compiler`)."""

from __future__ import annotations

from collections.abc import Iterator

from iamdrift.falco.condition.cursor import ConditionError
from iamdrift.falco.condition.parser import TRANSFORMERS, parse_operand
from iamdrift.falco.condition.syntax import And, Compare, FieldRef, Node, Not, Or, Value, Values
from iamdrift.falco.fields.field import FieldSet

_REGEX_SPECIAL, _REPEATS = frozenset(".+*?^$()[]{}|\\"), frozenset("+*?")
_SIMPLER = "'=', 'contains', 'startswith', 'endswith'"
_UNSAFE = ("ka.", "jevt.")
_EQUALITY = frozenset(["==", "=", "!=", "in", "intersects", "pmatch"])


def compares_with_na(node: Node) -> bool:
    """Say whether a condition compares a field of the old JSON plugins with the text `<NA>`."""
    return any(
        compare.operator in _EQUALITY
        and "<NA>" in _constants(compare)
        and isinstance(compare.operand, FieldRef)
        and compare.operand.name.startswith(_UNSAFE)
        for compare in _compares(node)
    )


def cautions(node: Node, fields: FieldSet) -> Iterator[tuple[str, int]]:
    """Give what to be careful of, and the character at which it stands."""
    for compare in _compares(node):
        for text in _constants(compare):
            at = compare.right.at
            plain = "".join(text.split())
            if compare.operator == "regex" and _is_simple(text):
                yield f"regex check with '{text}' may be optimized with simpler operators such as {_SIMPLER}", at
            if _is_field(plain, fields):
                yield f"'{text}' may be a valid field misused as a const string value", at
            if plain.endswith(")") and plain.partition("(")[0] in (*TRANSFORMERS, "val") and "(" in plain:
                yield f"'{text}' may be a valid field transformer misused as a const string value", at


def _compares(node: Node) -> Iterator[Compare]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _compares(part)
    elif isinstance(node, Not):
        yield from _compares(node.part)
    elif isinstance(node, Compare):
        yield node


def _constants(compare: Compare) -> tuple[str, ...]:
    if isinstance(compare.right, Value):
        return (compare.right.text,)
    return compare.right.values if isinstance(compare.right, Values) else ()


def _is_field(text: str, fields: FieldSet) -> bool:
    if text.partition("[")[0] not in fields:
        return False
    try:
        operand, end = parse_operand(text)
    except ConditionError:
        return False
    return end == len(text) and isinstance(operand, FieldRef)


def _is_simple(pattern: str) -> bool:
    """Say whether a pattern has nothing that simpler operators lack: anchors, and any-character runs at its ends."""
    at, end = 0, len(pattern)
    while at < end:
        char = pattern[at]
        anchor = (at == 0 and char == "^") or (at == end - 1 and char == "$")
        at_an_end = (at == 0 and end > 1) or at == end - 2
        if not anchor and at_an_end and char == "." and pattern[at + 1] in _REPEATS:
            at += 1
        elif not anchor and char in _REGEX_SPECIAL:
            return False
        at += 1
    return True
