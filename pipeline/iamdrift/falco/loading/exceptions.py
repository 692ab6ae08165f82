"""Exceptions of a rule: what they are, whether they are well made, and the text they add to its condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from iamdrift.falco.condition.lists import quote_item
from iamdrift.falco.condition.parser import LISTS, MODIFIERS, OPERATORS, SYMBOLS, WORDS
from iamdrift.falco.loading.problems import Context, LoadError

_MODIFIED = frozenset(f"{operator} {word}" for operator in (*SYMBOLS, *WORDS) for word in MODIFIERS)
_KNOWN = frozenset(OPERATORS) | _MODIFIED
_OF_LISTS = frozenset(LISTS) | _MODIFIED


@dataclass(slots=True)
class Entry:
    """A text, or a list of entries."""

    text: str = ""
    items: list[Entry] = field(default_factory=list)
    is_list: bool = False

    @property
    def is_given(self) -> bool:
        """Whether there is anything."""
        return bool(self.items) if self.is_list else bool(self.text)


@dataclass(slots=True)
class RuleException:
    """An exception: fields, how each compares, and the values for which the rule does not fire."""

    name: str
    context: Context
    fields: Entry = field(default_factory=Entry)
    comps: Entry = field(default_factory=Entry)
    values: list[Entry] = field(default_factory=list)

    def check(self, is_field: Callable[[str], bool] | None) -> None:
        """Fill in how fields compare, and check all. `is_field` is None for a source that is not known.

        Raises LoadError.
        """
        if self.fields.is_list:
            if not self.comps.is_given:
                self.comps = Entry(items=[Entry("=") for _ in self.fields.items], is_list=True)
            if len(self.fields.items) != len(self.comps.items):
                raise self._error("Fields and comps lists must have equal length")
            for one in self.comps.items:
                if one.text not in _KNOWN:
                    raise self._error(f"'{one.text}' is not a supported comparison operator")
            named = [one.text for one in self.fields.items]
        else:
            if not self.comps.is_given:
                self.comps = Entry("in")
            if self.comps.is_list:
                raise self._error("Fields and comps must both be strings")
            if self.comps.text not in _OF_LISTS:
                raise self._error("When fields is a single value, comps must be one of (in, pmatch, intersects)")
            named = [self.fields.text]
        for name in named if is_field else ():
            if is_field and not is_field(name):
                raise self._error(f"'{name}' is not a supported filter field")

    def _error(self, message: str) -> LoadError:
        return LoadError("LOAD_ERR_VALIDATE", message, self.context)


def with_exceptions(condition: str, exceptions: list[RuleException]) -> str:
    """Return a condition with its exceptions, as text. Raises LoadError for values of another shape than the fields."""
    if not exceptions:
        return condition
    parts = [f"({condition})"]
    for one in exceptions:
        text = _tuples(one) if one.fields.is_list else _single(one)
        if text:
            parts.append(f" and not {text}")
    return "".join(parts)


def _single(one: RuleException) -> str:
    if any(value.is_list for value in one.values):
        raise LoadError("LOAD_ERR_VALIDATE", "Expected values array to contain a list of strings", one.context)
    values = ", ".join(quote_item(value.text) for value in one.values)
    return f"({one.fields.text} {one.comps.text} ({values}))" if one.values else ""


def _tuples(one: RuleException) -> str:
    alternatives = []
    for values in one.values:
        if len(values.items) != len(one.fields.items):
            raise LoadError("LOAD_ERR_VALIDATE", "Fields and values lists must have equal length", one.context)
        checks = [
            f" {name.text} {comp.text} {_value(value, comp.text)}"
            for name, comp, value in zip(one.fields.items, one.comps.items, values.items, strict=True)
        ]
        alternatives.append(f"({' and '.join(checks)})")
    return f"({' or '.join(alternatives)})" if alternatives else ""


def _value(value: Entry, comp: str) -> str:
    if value.is_list:
        return f"({', '.join(quote_item(one.text) for one in value.items)})"
    if comp in _OF_LISTS:
        return value.text if value.text.startswith("(") else f"({value.text})"
    return quote_item(value.text)
