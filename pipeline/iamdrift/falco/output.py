"""Output texts: `%field`, `%field[argument]`, `%transformer(…)`, `%Nfield`, compiled once (`eventformatter` of Falco).

The longest text after a percent sign that is a field wins; `%resource` and `%user` are ours and stand for the
resource's name and the acting user. A missing value is `<NA>` in the text and null in the fields. A
percent sign has no escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from iamdrift.errors import RuleError
from iamdrift.falco.condition.cursor import ConditionError
from iamdrift.falco.condition.parser import TRANSFORMERS, parse_operand
from iamdrift.falco.condition.syntax import Argument, FieldRef, Operand, Parts, Transformed
from iamdrift.falco.fields.field import FieldSet, Read
from iamdrift.falco.matching.compile import typed

_WIDTH = re.compile(r"[0-9]{1,9}")
_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)*")
_CALL = re.compile(rf"(?:{'|'.join(TRANSFORMERS)})\(")
_SHORT = {"resource": "resource.name", "user": "user.name"}


class _Token(NamedTuple):
    """A field in the text; `width` in bytes, 0 for as long as it is."""

    read: Read
    width: int


@dataclass(frozen=True, slots=True)
class Output:
    """A compiled output text; `named` are the fields in it, by the name they are reported under."""

    _parts: tuple[str | _Token, ...]
    named: tuple[tuple[str, Read], ...]

    def text(self, event: Any) -> str:
        """Return the text; bytes that are no UTF-8 are replaced, as in the engine."""
        text = "".join(part if isinstance(part, str) else _shown(part, event) for part in self._parts)
        return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def fields(self, event: Any) -> dict[str, Any]:
        """Return the output fields; a value that is missing is None."""
        return {name: read(event) for name, read in self.named}


def extra_fields(given: str | Mapping[str, str], fields: FieldSet) -> Iterator[tuple[str, Read]]:
    """Give name and reader of extra output fields: output texts by name, or one field. Raises RuleError."""
    if isinstance(given, str):
        bare = compile_output(f"%{given.removeprefix('%')}", fields)
        (name, read), *_ = bare.named
        yield name, read
    else:
        for name, form in given.items():
            yield name, compile_output(form, fields).text


def compile_output(template: str, fields: FieldSet) -> Output:
    """Compile an output text. Raises RuleError for an unknown field or a percent sign that begins none."""
    template = template.removeprefix("*")
    parts: list[str | _Token] = []
    found: dict[str, Read] = {}
    at = 0
    while (percent := template.find("%", at)) >= 0:
        if percent > at:
            parts.append(template[at:percent])
        at = percent + 1
        if at == len(template):
            raise RuleError("invalid formatting syntax: formatting cannot end with a %")
        width = 0
        if digits := _WIDTH.match(template, at):
            width, at = int(digits.group()), digits.end()
            if at == len(template):
                raise RuleError("invalid formatting syntax: formatting cannot end with a number")
        operand, at = _operand(template, at, fields)
        parts.append(_Token(typed(operand, fields).read, width))
        for one in _fields_in(operand):
            field, read = fields.find(one)
            found.setdefault(str(one), field.in_output_fields or read)
    if at < len(template):
        parts.append(template[at:])
    return Output(tuple(parts), tuple(found.items()))


def _operand(template: str, at: int, fields: FieldSet) -> tuple[Operand, int]:
    """Return the longest field or transformer that begins at a character, and where it ends."""
    if _CALL.match(template, at):
        try:
            operand, end = parse_operand(template, at)
            typed(operand, fields)
        except ConditionError as error:
            raise RuleError(f"unknown filter: {error.message}") from error
        return operand, end
    name = _NAME.match(template, at)
    text = name.group()[: fields.longest_name] if name else ""
    if name and len(text) == len(name.group()) and template.startswith("[", name.end()):
        try:
            operand, end = parse_operand(template, at)
            typed(operand, fields)
        except ConditionError:
            pass
        else:
            return operand, end
    while text:
        short = _SHORT.get(text, "")
        known = FieldRef(short if short in fields else text)
        if known.name in fields:
            try:
                fields.find(known)
            except RuleError:
                pass
            else:
                return known, at + len(text)
        text = text[:-1]
    raise RuleError(
        f"unknown filter: %{name.group() if name else ''} begins no field; a percent sign cannot be escaped"
    )


def _fields_in(operand: Operand | Argument) -> Iterator[FieldRef]:
    if isinstance(operand, FieldRef):
        yield operand
    elif isinstance(operand, Transformed):
        for argument in operand.arguments:
            yield from _fields_in(argument)
    elif isinstance(operand, Parts):
        for part in operand.parts:
            yield from _fields_in(part)


def _shown(token: _Token, event: Any) -> str:
    text = _text(token.read(event))
    if not token.width:
        return text
    raw = text.encode("utf-8", "surrogateescape")[: token.width].ljust(token.width)
    return raw.decode("utf-8", "replace")


def _text(value: Any) -> str:
    if value is None:
        return "<NA>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"({','.join(value)})"
    return str(value)
