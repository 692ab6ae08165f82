"""Parsing conditions: recursive descent, token by token in the order in which Falco's own parser tries them.

That order is part of the language: keywords are prefixes and not words, so `x.y existsand z` is a condition
(`libsinsp/filter/parser` of Falco's libraries; docs/rules.md has the grammar).
"""

from __future__ import annotations

import re
import sys

from iamdrift.falco.condition.cursor import ConditionError, Cursor
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

TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")
NUMERIC = ("<=", "<", ">=", ">")
SYMBOLS = ("==", "=", "!=")
WORDS = (
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
)
LISTS = ("intersects", "in", "pmatch")
OPERATORS = ("exists", *NUMERIC, *SYMBOLS, *WORDS, *LISTS)
MODIFIERS = ("oneof", "anyof", "allof")
# Of nested productions; every parenthesis is five. Rule conditions have this limit, filters elsewhere in Falco 100.
MAX_DEPTH = 1000
# Falco has no such limit; a condition of so many checks is an attack or a mistake.
MAX_CHECKS = 10_000

NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
BARE = re.compile(r"[^()\"'\s=,]+", re.ASCII)
_FIELD = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
_ARGUMENT = re.compile(r"[^\[\]\"'\s]+", re.ASCII)
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_NUMBER = re.compile(r"[+-]?[0-9]+[.]?[0-9]*(?:[eE][+-][0-9]+)?")
_NOT = re.compile(r"not\s+", re.ASCII)
_AFTER_MODIFIER = re.compile(r"[ \t\r\n\b]+(?:\(|(?!(?:and|or|not)(?![a-zA-Z0-9_]))[a-zA-Z])")
_CALLS = tuple(f"{name}(" for name in TRANSFORMERS)
_KNOWN = ", ".join(f"'{name}'" for name in ("val", *TRANSFORMERS))
_KNOWN_OPERATORS = ", ".join(f"'{name}'" for name in OPERATORS)

# The deepest condition takes that many Python frames, times what a step takes for a level.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * MAX_DEPTH))


def parse_condition(text: str, max_depth: int = MAX_DEPTH) -> Node:
    """Parse a condition. Raises ConditionError saying what was expected, and where."""
    if not text:
        raise ConditionError("filter input string is empty", 0)
    parser = _Parser(text, max_depth)
    node = parser.any_of()
    if parser.at < len(text):
        raise parser.error(f"unexpected token after '{parser.last}', expecting 'or', 'and'")
    return node


def parse_operand(text: str, at: int = 0) -> tuple[Operand, int]:
    """Parse the field or transformer that begins at a character; returns it and where it ends.

    Raises ConditionError when there is none.
    """
    parser = _Parser(text, MAX_DEPTH)
    parser.at = at
    found = parser.operand()
    if found is None:
        raise parser.error(f"unexpected token after '{parser.last}")
    return found, parser.at


class _Parser(Cursor):
    def __init__(self, text: str, max_depth: int) -> None:
        super().__init__(text)
        self._depth = 0
        self._checks = 0
        self._max_depth = max_depth

    def _deeper(self, levels: int) -> None:
        self._depth += levels
        if self._depth >= self._max_depth:
            raise self.error(f"exceeded max depth limit of {self._max_depth}")

    def any_of(self) -> Node:
        """Parse parts joined by `or`."""
        self._deeper(1)
        start = self.at
        self.blanks()
        parts = [self._all_of()]
        self.blanks()
        while self.take("or"):
            parts.append(self._all_of() if self._part_follows("or") else self._embedded())
            self.blanks()
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts), start)

    def _all_of(self) -> Node:
        self._deeper(1)
        start = self.at
        self.blanks()
        parts = [self._one()]
        self.blanks()
        while self.take("and"):
            parts.append(self._one() if self._part_follows("and") else self._embedded())
            self.blanks()
        self._depth -= 1
        return parts[0] if len(parts) == 1 else And(tuple(parts), start)

    def _part_follows(self, word: str) -> bool:
        """Say whether blanks follow a word; else the parenthesis after it is taken."""
        if self.blanks():
            return True
        if not self.take("("):
            raise self.error(f"expected blank or '(' after '{word}'")
        return False

    def _one(self) -> Node:
        self._deeper(2)
        self.blanks()
        start, negated = self.at, False
        while self.match(_NOT):
            negated = not negated
        if self.take("not("):
            negated, node = not negated, self._embedded()
        else:
            node = self._check()
        self._depth -= 2
        return Not(node, start) if negated else node

    def _embedded(self) -> Node:
        """Parse what stands between parentheses, after the first."""
        self._deeper(1)
        self.blanks()
        node = self.any_of()
        self.blanks()
        if not self.take(")"):
            raise self.error("expected a ')' token")
        self._depth -= 1
        return node

    def _check(self) -> Node:
        self.blanks()
        if self.take("("):
            return self._embedded()
        self._checks += 1
        if self._checks > MAX_CHECKS:
            raise self.error(f"a condition of more than {MAX_CHECKS} checks")
        start = self.at
        operand = self.operand()
        if operand is not None:
            return self._condition(operand, start)
        if self.match(NAME):
            return Macro(self.last, start)
        raise self.error("expected a '(' token, a field check, or an identifier")

    def operand(self) -> Operand | None:
        """Parse a field or a transformer, if one is next."""
        start = self.at
        if self.match(_FIELD):
            return FieldRef(self.last, self._argument(), start)
        return self._transformed(start) if self.take_any(_CALLS) else None

    def _argument(self) -> str | None:
        if not self.take("["):
            return None
        if not self.take_quoted() and not self.match(_ARGUMENT):
            raise self.error("expected a valid field argument: a quoted string or a bare string")
        argument = self.last
        if not self.take("]"):
            raise self.error("expected a ']' token")
        return argument

    def _transformed(self, start: int) -> Transformed:
        name = self.last[:-1]
        self._deeper(2)
        arguments: list[Argument] = []
        while not arguments or self.take(","):
            self.blanks()
            arguments.append(self._transformer_argument())
            self.blanks()
        if not self.take(")"):
            raise self.error("expected a ')' token closing the transformer")
        self._depth -= 2
        return Transformed(name, tuple(arguments), self._argument(), start)

    def _transformer_argument(self) -> Argument:
        start = self.at
        if self.match(_HEX) or self.match(_NUMBER) or self.take_quoted():
            return Value(self.last, start)
        if self.take("("):
            return self._parts(start)
        if (operand := self.operand()) is None:
            raise self.error(
                "expected field transformer argument: field, transformer, quoted string, number, or transformer list"
            )
        return operand

    def _parts(self, start: int) -> Parts:
        self.blanks()
        if self.take(")"):
            return Parts((), start)
        parts: list[Argument] = []
        while not parts or self.take(","):
            self.blanks()
            parts.append(self._part())
            self.blanks()
        if not self.take(")"):
            raise self.error("expected ')'")
        return Parts(tuple(parts), start)

    def _part(self) -> Argument:
        start = self.at
        if (operand := self.operand()) is not None:
            return operand
        if self.take_quoted() or self.match(_HEX) or self.match(_NUMBER):
            return Value(self.last, start)
        raise self.error("expected transformer list argument: field, transformer, quoted string, or number")

    def _condition(self, operand: Operand, start: int) -> Node:
        self.blanks()
        if self.take("exists"):
            return Exists(operand, start)
        if self.take_any(NUMERIC):
            return Compare(operand, self.last, self._number(), at=start)
        if self._text_operator():
            operator = self.last
            self.blanks()
            if modifier := self._modifier():
                return Compare(operand, operator, self._values(), modifier, at=start)
            return Compare(operand, operator, self._value(), at=start)
        if self.take_any(LISTS):
            return Compare(operand, self.last, self._list(), at=start)
        raise self.error(f"expected a valid check operator: one of {_KNOWN_OPERATORS}")

    def _text_operator(self) -> bool:
        """Take an operator on text. One that is a word wants a blank after it, and is lost without."""
        if self.take_any(SYMBOLS):
            return True
        if not self.take_any(WORDS):
            return False
        word = self.last
        found = self.blanks()
        self.last = word
        return found

    def _modifier(self) -> str:
        for word in MODIFIERS:
            if self.text.startswith(word, self.at) and _AFTER_MODIFIER.match(self.text, self.at + len(word)):
                self.take(word)
                return word
        return ""

    def _number(self) -> Value | Operand:
        self.blanks()
        start = self.at
        if (operand := self._right_operand()) is not None:
            return operand
        if self.match(_HEX) or self.match(_NUMBER):
            return Value(self.last, start)
        raise self.error(f"expected a number value or a field with a valid transformer: {_KNOWN}")

    def _value(self) -> Value | Operand:
        start = self.at
        if (operand := self._right_operand()) is not None:
            return operand
        if self.take_quoted() or self.match(BARE):
            return Value(self.last, start)
        raise self.error(f"expected a string value or a field with a valid transformer: {_KNOWN}")

    def _list(self) -> Value | Values | Operand:
        self.blanks()
        start = self.at
        if not self.text.startswith("(", start) and (operand := self._right_operand()) is not None:
            return operand
        return self._values()

    def _values(self) -> Value | Values:
        self.blanks()
        start = self.at
        if self.take("("):
            values = self._first_value()
            while values and self.take(","):
                self.blanks()
                values.append(self._plain_value())
                self.blanks()
            if not self.take(")"):
                raise self.error("expected a ')' token")
            return Values(tuple(values), start)
        if self.match(NAME):
            return Value(self.last, start)
        raise self.error(f"expected a list, an identifier, or a field with a valid transformer: {_KNOWN}")

    def _first_value(self) -> list[str]:
        """Parse the first value of a list. Whatever is no value makes the list an empty one, as in the engine."""
        self.blanks()
        try:
            found = [self._plain_value()]
        except ConditionError:
            return []
        self.blanks()
        return found

    def _plain_value(self) -> str:
        if self.take_quoted() or self.match(BARE):
            return self.last
        raise self.error("expected a string value")

    def _right_operand(self) -> Operand | None:
        """Parse a transformer or `val(field)`; a plain field on the right would be text."""
        start = self.at
        if self.take("val("):
            self.blanks()
            field_start = self.at
            if not self.match(_FIELD):
                raise self.error("expected a field within 'val' transformer")
            field = FieldRef(self.last, self._argument(), field_start)
            self.blanks()
            if not self.take(")"):
                raise self.error("expected a ')' token closing the transformer")
            return Transformed("val", (field,), at=start)
        return self._transformed(start) if self.take_any(_CALLS) else None
