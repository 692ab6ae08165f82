"""Putting macros in the place of their names, on the tree (`filter_macro_resolver` of Falco's engine)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from iamdrift.falco.condition.cursor import ConditionError
from iamdrift.falco.condition.parser import MAX_CHECKS
from iamdrift.falco.condition.syntax import And, Macro, Node, Not, Or


class Resolved(NamedTuple):
    """A tree without macros, and the names of those that it had."""

    node: Node
    used: frozenset[str]


def resolve_macros(node: Node, macros: Mapping[str, Node]) -> Resolved:
    """Resolve the macros of a tree. Raises ConditionError for one that is not there, or that leads to itself.

    A loop is told before an unknown macro, wherever each stands.
    """
    resolver = _Resolver(macros)
    resolved = resolver.resolve(node, None)
    for errors in (resolver.loops, resolver.unknown):
        if errors:
            raise min(errors, key=lambda one: one.message)
    return Resolved(resolved, frozenset(resolver.done))


class _Resolver:
    def __init__(self, macros: Mapping[str, Node]) -> None:
        self._macros = macros
        self._path: list[str] = []
        self._sizes: dict[str, int] = {}
        self._size = 0
        self.done: dict[str, Node] = {}
        self.loops: list[ConditionError] = []
        self.unknown: list[ConditionError] = []

    def resolve(self, node: Node, at: int | None) -> Node:
        """Resolve a part; `at` is the place of the macro that stands in the condition itself, None outside of one."""
        if isinstance(node, And | Or):
            return type(node)(tuple(self.resolve(part, at) for part in node.parts), node.at if at is None else at)
        if isinstance(node, Not):
            return Not(self.resolve(node.part, at), node.at if at is None else at)
        if not isinstance(node, Macro):
            self._grow(1, node.at if at is None else at)
            return node
        return self._macro(node, node.at if at is None else at)

    def _macro(self, node: Macro, at: int) -> Node:
        name = node.name
        if name in self._path:
            self.loops.append(ConditionError(f"reference loop in macro '{name}'", at))
            return node
        if name not in self._macros:
            self.unknown.append(ConditionError(f"Undefined macro '{name}' used in filter.", at))
            return node
        if name in self.done:
            self._grow(self._sizes[name], at)
            return self.done[name]
        before = self._size
        self._path.append(name)
        self.done[name] = self.resolve(self._macros[name], at)
        self._path.pop()
        self._sizes[name] = self._size - before
        return self.done[name]

    def _grow(self, checks: int, at: int) -> None:
        """Count the checks of the tree: a few macros that name each other often could make one without end."""
        self._size += checks
        if self._size > MAX_CHECKS:
            raise ConditionError(f"the macros in this condition make it larger than {MAX_CHECKS} checks", at)
