"""Parsing Falco conditions: recursive descent without a separate lexer, as the engine's own parser works.

Grammar: `libsinsp/filter/parser` of Falco's libraries. Transformers, `val()` and the modifiers oneof, anyof, allof are
recognised and refused with a clear error.
"""

from __future__ import annotations

import re

from iamdrift.errors import RuleError
from iamdrift.falco.syntax import Among, And, Compare, Exists, FieldRef, Macro, Node, Not, Or

_BLANK = re.compile(r"[ \t\r\n\b]*")
_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_FIELD = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
_ARGUMENT = re.compile(r"[^\[\]\"'\s]+")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+[.]?[0-9]*(?:[eE][+-][0-9]+)?")
_BARE = re.compile(r"[^()\"'\s=,]+")
_HEX = re.compile(r"[0-9a-fA-F]{2}")
_TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")
_NUMERIC = ("<=", "<", ">=", ">")
_SYMBOLS = ("==", "=", "!=")
_WORDS = (
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
_LISTS = ("intersects", "in", "pmatch")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", " ": "\\"}
_MAX_DEPTH = 100


def parse_condition(text: str) -> Node:
    """Parse a condition. Raises RuleError saying what was expected and at which column (from 1)."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        self._blanks()
        if self._at < len(self._text):
            raise self._error("expected 'and', 'or' or the end of the condition")
        return node

    def _or(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._error(f"nested more than {_MAX_DEPTH} deep")
        parts = [self._and()]
        while self._joined("or"):
            parts.append(self._and())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Node:
        parts = [self._not()]
        while self._joined("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _joined(self, word: str) -> bool:
        self._blanks()
        if not self._text.startswith(word, self._at):
            return False
        after = self._text[self._at + len(word) : self._at + len(word) + 1]
        if not (after.isspace() or after == "("):
            raise self._error(f"expected a blank or '(' after {word!r}", ahead=len(word))
        self._at += len(word)
        return True

    def _not(self) -> Node:
        negated = False
        while True:
            self._blanks()
            rest = self._text[self._at : self._at + 4]
            if rest[:3] != "not" or not (rest[3:].isspace() or rest[3:] == "("):
                break
            self._at += 3
            negated = not negated
        node = self._check()
        return Not(node) if negated else node

    def _check(self) -> Node:
        self._blanks()
        if self._take("("):
            node = self._or()
            self._blanks()
            if not self._take(")"):
                raise self._error("expected ')'")
            return node
        if field := _FIELD.match(self._text, self._at):
            self._at = field.end()
            return self._comparison(FieldRef(field.group(), self._argument()))
        name = _NAME.match(self._text, self._at)
        if name is None:
            raise self._error("expected a field, a macro or '('")
        if name.group() in _TRANSFORMERS and self._text.startswith("(", name.end()):
            raise self._error(f"the transformer {name.group()}() is not supported yet")
        self._at = name.end()
        return Macro(name.group())

    def _argument(self) -> str | None:
        if not self._take("["):
            return None
        if self._text[self._at : self._at + 1] in ("'", '"'):
            argument = self._quoted()
        else:
            bare = _ARGUMENT.match(self._text, self._at)
            if bare is None:
                raise self._error("expected the argument of the field")
            argument, self._at = bare.group(), bare.end()
        if not self._take("]"):
            raise self._error("expected ']'")
        return argument

    def _comparison(self, field: FieldRef) -> Node:
        self._blanks()
        if self._take("exists"):
            return Exists(field)
        for operator in _NUMERIC:
            if self._take(operator):
                self._blanks()
                number = _NUMBER.match(self._text, self._at)
                if number is None:
                    raise self._error("expected a number")
                self._at = number.end()
                return Compare(field, operator, number.group())
        for operator in (*_SYMBOLS, *_WORDS):
            if self._take(operator):
                return Compare(field, operator, self._operand(operator))
        for operator in _LISTS:
            if self._take(operator):
                return Among(field, operator, self._list())
        raise self._error("expected an operator")

    def _operand(self, operator: str) -> str:
        if operator in _WORDS and not self._text[self._at : self._at + 1].isspace():
            raise self._error(f"expected a blank after {operator!r}")
        self._blanks()
        if re.compile(r"(?:oneof|anyof|allof)[ \t\r\n]+(?:\(|(?!(?:and|or|not)\b)[a-zA-Z])").match(
            self._text, self._at
        ):
            raise self._error("the modifiers oneof, anyof and allof are not supported yet")
        if re.compile(rf"(?:val|{'|'.join(_TRANSFORMERS)})\(").match(self._text, self._at):
            raise self._error("val() and transformers are not supported yet")
        return self._value()

    def _list(self) -> tuple[str, ...]:
        self._blanks()
        if not self._take("("):
            raise self._error("expected '('")
        values: list[str] = []
        self._blanks()
        if self._take(")"):
            return ()
        while True:
            self._blanks()
            values.append(self._value())
            self._blanks()
            if self._take(")"):
                return tuple(values)
            if not self._take(","):
                raise self._error("expected ',' or ')'")

    def _value(self) -> str:
        if self._text[self._at : self._at + 1] in ("'", '"'):
            return self._quoted()
        bare = _BARE.match(self._text, self._at)
        if bare is None:
            raise self._error("expected a value")
        self._at = bare.end()
        return bare.group()

    def _quoted(self) -> str:
        quote, start = self._text[self._at], self._at
        self._at += 1
        out: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == quote:
                return "".join(out)
            if char != "\\":
                out.append(char)
                continue
            escape = self._text[self._at : self._at + 1]
            self._at += 1
            if escape == quote:
                out.append(quote)
            elif escape in _ESCAPES:
                out.append(_ESCAPES[escape])
            elif escape == "x" and (digits := _HEX.match(self._text, self._at)):
                out.append(chr(int(digits.group(), 16)))
                self._at = digits.end()
            else:
                raise self._error(f"unknown escape \\{escape}", ahead=-2)
        self._at = start
        raise self._error("this quote is never closed")

    def _blanks(self) -> None:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at

    def _take(self, token: str) -> bool:
        if self._text.startswith(token, self._at):
            self._at += len(token)
            return True
        return False

    def _error(self, message: str, ahead: int = 0) -> RuleError:
        at = self._at + ahead
        near = self._text[at : at + 20].split("\n")[0]
        return RuleError(
            f"condition, column {at + 1}: {message}, found {near!r}" if near else f"condition: {message} at its end"
        )
