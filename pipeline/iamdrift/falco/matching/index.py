"""Which rules an event can match at all: found by the constants that their conditions demand.

A demand is a field that must have one of some values for the condition to be true. It is sound: `or` demands what all
its parts demand, `not` demands nothing, and what is not a comparison with constants demands nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from iamdrift.falco.condition.syntax import And, Compare, FieldRef, Node, Or, Value, Values
from iamdrift.falco.fields.field import FieldSet, FieldType, Read

Demands = Mapping[FieldRef, frozenset[str]]
_Rule = TypeVar("_Rule")

# All of them are the name of the call; the pipeline knows it before it parses a record.
NAME_FIELDS = frozenset(["evt.name", "ct.name", "drift.event"])
NAME, SOURCE = FieldRef("ct.name"), FieldRef("ct.src")
_SUFFIX = ".amazonaws.com"
_WORTH_A_TABLE = 4


def demands(node: Node) -> Demands:
    """Return what a condition demands, by field; evt.name and drift.event are told as ct.name."""
    if isinstance(node, And):
        found: dict[FieldRef, frozenset[str]] = {}
        for part in node.parts:
            for field, values in demands(part).items():
                found[field] = found[field] & values if field in found else values
        return found
    if isinstance(node, Or):
        first, *others = [demands(part) for part in node.parts]
        return {
            field: values.union(*(other[field] for other in others))
            for field, values in first.items()
            if all(field in other for other in others)
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
    return {field: values}


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
        self._names, self._sources = (
            frozenset().union(*(wants[field] for _, _, wants in self._rules if field in wants))
            for field in (NAME, SOURCE)
        )
        self._buckets: dict[tuple[str, str], _Bucket[_Rule]] = {}

    def candidates(self, source: str, name: str, event: Any) -> list[_Rule]:
        """Return the rules that an event of that source and name can match, in their order."""
        call = source if source in self._sources else "", name if name in self._names else ""
        bucket = self._buckets.get(call)
        if bucket is None:
            bucket = self._buckets[call] = self._bucket(*call)
        return bucket.candidates(event)

    def _bucket(self, source: str, name: str) -> _Bucket[_Rule]:
        able = [
            (number, rule, {field: values for field, values in wants.items() if field not in (NAME, SOURCE)})
            for number, rule, wants in self._rules
            if name in wants.get(NAME, (name,)) and source in wants.get(SOURCE, (source,))
        ]
        return _Bucket(able, self._fields)


class _Bucket(Generic[_Rule]):
    """The rules about one call; those that demand constants of other fields stand in tables by them."""

    def __init__(self, rules: Sequence[tuple[int, _Rule, Demands]], fields: FieldSet) -> None:
        chosen = _fields_to_index([wants for _, _, wants in rules], fields)
        tables: dict[FieldRef, _Table[_Rule]] = {}
        self._always: list[tuple[int, _Rule]] = []
        for (number, rule, wants), one in zip(rules, chosen, strict=True):
            if one is None:
                self._always.append((number, rule))
                continue
            if one not in tables:
                field, read = fields.find(one)
                tables[one] = _Table(read, field.type is FieldType.LIST, {})
            for value in wants[one]:
                tables[one].rules.setdefault(value, []).append((number, rule))
        self._tables = list(tables.values())
        self._plain = [rule for _, rule in self._always]

    def candidates(self, event: Any) -> list[_Rule]:
        """Return the rules that an event can match, in their order."""
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


def _fields_to_index(rules: list[Demands], fields: FieldSet) -> list[FieldRef | None]:
    """Choose for each rule the field whose constants it shares with the fewest others; none where that is not worth it.

    A field is worth a table from so many rules on: reading it costs about as much as asking some rules.
    """
    usable = {one for wants in rules for one in wants if _indexable(one, fields)}
    sharing = Counter((one, value) for wants in rules for one, values in wants.items() for value in values)
    while True:
        chosen = [
            min(
                (one for one in wants if one in usable),
                key=lambda one, wants=wants: sum(sharing[one, value] for value in wants[one]),  # type: ignore[misc]
                default=None,
            )
            for wants in rules
        ]
        rare = {one for one, count in Counter(chosen).items() if count < _WORTH_A_TABLE} & usable
        if not rare:
            return chosen
        usable -= rare


def _indexable(one: FieldRef, fields: FieldSet) -> bool:
    """Say whether a field is one of texts, in which the constants of a rule can be looked up as they are."""
    return fields.find(one).field.type in (FieldType.STRING, FieldType.LIST)
