"""Which rules an event can match at all: found by the constants that their conditions demand.

A demand is a field that must have one of some values for the condition to be true. It is sound: `or` demands what all
its parts demand, `not` demands nothing, and what is not a comparison with constants demands nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from iamdrift.falco.condition.syntax import And, Compare, FieldRef, Node, Or, Value, Values
from iamdrift.falco.fields.field import FieldSet, FieldType, Read

Demands = Mapping[str, frozenset[str]]
_Rule = TypeVar("_Rule")

# All of them are the name of the call; the pipeline knows it before it parses a record.
NAME_FIELDS = frozenset(["evt.name", "ct.name", "drift.event"])
NAME, SOURCE = "ct.name", "ct.src"
_SUFFIX = ".amazonaws.com"
# A table for a field is worth it from so many rules on.
_WORTH_A_TABLE = 4


def demands(node: Node) -> Demands:
    """Return what a condition demands, by field; evt.name and drift.event are told as ct.name."""
    if isinstance(node, And):
        found: dict[str, frozenset[str]] = {}
        for part in node.parts:
            for name, values in demands(part).items():
                found[name] = found[name] & values if name in found else values
        return found
    if isinstance(node, Or):
        first, *others = [demands(part) for part in node.parts]
        return {
            name: values.union(*(other[name] for other in others))
            for name, values in first.items()
            if all(name in other for other in others)
        }
    if isinstance(node, Compare) and isinstance(node.operand, FieldRef) and not node.modifier:
        return _demand(node, node.operand)
    return {}


def _demand(node: Compare, field: FieldRef) -> Demands:
    if node.operator in ("=", "==") and isinstance(node.right, Value):
        values = frozenset((node.right.text,))
    elif node.operator in ("in", "intersects") and isinstance(node.right, Value | Values):
        values = frozenset(node.right.values if isinstance(node.right, Values) else (node.right.text,))
    else:
        return {}
    if field.name in NAME_FIELDS:
        return {NAME: values}
    if field.name == "ct.shortsrc":
        return {SOURCE: values | {f"{one}{_SUFFIX}" for one in values}}
    return {str(field): values}


class Wanted(NamedTuple):
    """Which records some rules can match, by event source and name of the call."""

    everything: bool = False
    names: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def by(cls, rules: Iterable[Demands]) -> Wanted:
        """Sum up the demands of rules."""
        everything = False
        names: set[str] = set()
        sources: set[str] = set()
        pairs: set[tuple[str, str]] = set()
        for one in rules:
            if NAME in one and SOURCE in one:
                pairs.update((source, name) for source in one[SOURCE] for name in one[NAME])
            elif NAME in one:
                names |= one[NAME]
            elif SOURCE in one:
                sources |= one[SOURCE]
            else:
                everything = True
        return cls(everything, frozenset(names), frozenset(sources), frozenset(pairs))

    def wants(self, source: str, name: str) -> bool:
        """Say whether a rule could match a record."""
        return self.everything or name in self.names or source in self.sources or (source, name) in self.pairs

    def __bool__(self) -> bool:
        return self.everything or bool(self.names or self.sources or self.pairs)


class _Table(NamedTuple, Generic[_Rule]):
    """Rules by the value of a field; `several` where the field is a list."""

    read: Read
    several: bool
    rules: dict[str, list[tuple[int, _Rule]]]


class Index(Generic[_Rule]):
    """Rules by the call they are about, and among those by other fields that many of them demand."""

    def __init__(self, rules: Iterable[tuple[_Rule, Demands]], fields: FieldSet) -> None:
        self._rules = [(number, rule, wants) for number, (rule, wants) in enumerate(rules)]
        self._fields = fields
        self._named = frozenset().union(*(wants[NAME] for _, _, wants in self._rules if NAME in wants))
        self._by_name: dict[str, _Bucket[_Rule]] = {}
        self._others = self._bucket("")

    def candidates(self, name: str, event: Any) -> list[_Rule]:
        """Return the rules that an event by that name can match, in their order."""
        if name not in self._named:
            return self._others.candidates(event)
        bucket = self._by_name.get(name)
        if bucket is None:
            bucket = self._by_name[name] = self._bucket(name)
        return bucket.candidates(event)

    def _bucket(self, name: str) -> _Bucket[_Rule]:
        return _Bucket([one for one in self._rules if NAME not in one[2] or name in one[2][NAME]], self._fields)


class _Bucket(Generic[_Rule]):
    """The rules about one call; those that demand the same other field stand in a table by its value."""

    def __init__(self, rules: list[tuple[int, _Rule, Demands]], fields: FieldSet) -> None:
        self._tables: list[_Table[_Rule]] = []
        left = rules
        while left:
            counts = Counter(name for _, _, wants in left for name in wants if _indexable(name, fields))
            most = counts.most_common(1)
            if not most or most[0][1] < _WORTH_A_TABLE:
                break
            name = most[0][0]
            field, read = fields.find(FieldRef(name))
            table: dict[str, list[tuple[int, _Rule]]] = {}
            for number, rule, wants in left:
                for value in wants.get(name, ()):
                    table.setdefault(value, []).append((number, rule))
            self._tables.append(_Table(read, field.type is FieldType.LIST, table))
            left = [one for one in left if name not in one[2]]
        self._always = [(number, rule) for number, rule, _ in left]
        self._plain = [rule for _, rule in self._always]

    def candidates(self, event: Any) -> list[_Rule]:
        """Return the rules that an event can match, in their order."""
        if not self._tables:
            return self._plain
        found: dict[int, _Rule] = {}
        for read, several, table in self._tables:
            value = read(event)
            if value is None:
                continue
            for one in value if several else (value,):
                if rules := table.get(one):
                    found.update(rules)
        if not found:
            return self._plain
        found.update(self._always)
        return [found[number] for number in sorted(found)]


def _indexable(name: str, fields: FieldSet) -> bool:
    """Say whether a field is a text or a list that is read without an argument."""
    if name == NAME or name not in fields:
        return False
    return fields.find(FieldRef(name)).field.type in (FieldType.STRING, FieldType.LIST)
