"""A field: its name, what it is, and how to read it off an event; and the fields of one source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from iamdrift.errors import RuleError
from iamdrift.falco.condition.syntax import FieldRef

Read = Callable[[Any], Any]


class FieldType(Enum):
    """The type of a field's value."""

    STRING = "string"
    UINT64 = "uint64"
    BOOL = "bool"
    LIST = "list of strings"


class Argument(Enum):
    """Whether a field takes an argument between brackets."""

    NONE = ""
    REQUIRED = "required"
    INDEX = "optional index"


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `read` takes the event; with an argument `with_argument` makes such a reader of it.

    `in_output_fields` is what stands in the alert's output fields where that is not the value itself, as for times.
    """

    name: str
    type: FieldType
    about: str
    read: Read
    argument: Argument = Argument.NONE
    with_argument: Callable[[str], Read] | None = None
    in_output_fields: Read | None = None


class Bound(NamedTuple):
    """A field with its argument: what it is, and how to read it."""

    field: Field
    read: Read


class FieldSet:
    """The fields of one source, in the order of the documentation."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self.longest_name = max(map(len, self._fields))

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def find(self, reference: FieldRef) -> Bound:
        """Return a field and how to read it. Raises RuleError when there is none, or its argument is wrong."""
        field = self._fields.get(reference.name)
        shown = str(reference)
        if field is None:
            raise RuleError(f"filter_check called with nonexistent field {shown}")
        argument = reference.argument or ""
        if not argument:
            if field.argument is Argument.REQUIRED:
                raise RuleError(f"filter '{shown}': field '{field.name}' requires an argument but it was not given")
            return Bound(field, field.read)
        if field.with_argument is None:
            raise RuleError(f"filter '{shown}': field '{field.name}' forbids an argument but it was given")
        # The engine's own plugins read the field with its argument as one word.
        if any(char.isspace() for char in argument):
            raise RuleError(f"filter '{shown}': the argument of field '{field.name}' must not have blanks")
        if field.argument is Argument.INDEX and not argument.isdecimal():
            raise RuleError(f"filter '{shown}': the argument of field '{field.name}' is a whole number")
        return Bound(field, field.with_argument(argument))
