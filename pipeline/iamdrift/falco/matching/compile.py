"""From a syntax tree to one Python function, made once when rules are loaded.

Semantics as in Falco: a missing value makes every comparison false, `!=` too; text compares byte for byte; lists know
exists, in (every element is in the set) and intersects (any is).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iamdrift.errors import RuleError
from iamdrift.falco.condition.cursor import ConditionError
from iamdrift.falco.condition.syntax import (
    And,
    Argument,
    Compare,
    Exists,
    FieldRef,
    Macro,
    Node,
    Not,
    Operand,
    Or,
    Parts,
    Transformed,
    Value,
    Values,
)
from iamdrift.falco.fields.field import FieldSet, FieldType
from iamdrift.falco.matching.compare import against_constant, against_operand, against_set, check_operator
from iamdrift.falco.matching.transformers import Typed, list_of, transform

Check = Callable[[Any], bool]


def compile_condition(node: Node, fields: FieldSet) -> Check:
    """Compile a condition whose macros are resolved.

    Raises ConditionError for unknown fields, wrong types and operators, and values that are none.
    """
    if isinstance(node, And | Or):
        checks = tuple(compile_condition(part, fields) for part in node.parts)
        return _all(checks) if isinstance(node, And) else _any(checks)
    if isinstance(node, Not):
        inner = compile_condition(node.part, fields)
        return lambda event: not inner(event)
    if isinstance(node, Macro):
        raise ConditionError(f"filter error: unexpected identifier '{node.name}'", node.at)
    operand = typed(node.operand, fields)
    if isinstance(node, Exists):
        read = operand.read
        return lambda event: read(event) is not None
    try:
        return _compare(node, operand, fields)
    except ConditionError:
        raise
    except RuleError as error:
        raise ConditionError(f"filter error: {error.message}", node.at) from error


def typed(node: Operand | Argument, fields: FieldSet) -> Typed:
    """Return how to read a field or a transformer, and its type. Raises ConditionError."""
    try:
        if isinstance(node, FieldRef):
            bound = fields.find(node)
            return Typed(bound.field.type, bound.read)
        if isinstance(node, Value):
            text = node.text
            return Typed(FieldType.STRING, lambda _: text, text)
        if isinstance(node, Parts):
            return list_of([typed(part, fields) for part in node.parts])
        arguments = [typed(argument, fields) for argument in node.arguments]
        return arguments[0] if node.name == "val" else transform(node.name, arguments, node.option)
    except ConditionError:
        raise
    except RuleError as error:
        raise ConditionError(error.message, node.at) from error


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


def _compare(node: Compare, left: Typed, fields: FieldSet) -> Check:
    check_operator(node.operator, left.type)
    right = node.right
    if isinstance(right, FieldRef | Transformed):
        return against_operand(node.operator, left, typed(right, fields))
    values = right.values if isinstance(right, Values) else (right.text,)
    if node.modifier:
        return _modified(node.modifier, [against_constant(node.operator, left, value) for value in values])
    if node.operator in ("in", "intersects", "pmatch"):
        return against_set(node.operator, left, values)
    return against_constant(node.operator, left, values[0])


def _modified(modifier: str, checks: list[Check]) -> Check:
    """Make the check that one, any or all of some checks are true; none of an empty list ever is."""
    if modifier == "anyof":
        return _any(tuple(checks))
    if modifier == "allof":
        every = _all(tuple(checks))
        return lambda event: bool(checks) and every(event)
    return lambda event: sum(check(event) for check in checks) == 1
