"""The fields that rules can use: by source, name to type and how to read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from iamdrift.errors import RuleError
from iamdrift.falco.syntax import FieldRef

Extract = Callable[[Any], Any]


class FieldType(Enum):
    """The type of a field's value."""

    STRING = "string"
    UINT64 = "uint64"
    BOOL = "bool"
    LIST = "list of strings"


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `read` takes the event; with `takes_argument` it takes the argument and returns what reads it."""

    name: str
    type: FieldType
    read: Callable[..., Any]
    takes_argument: bool = False


class FieldSet:
    """The fields of one source."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def find(self, reference: FieldRef) -> tuple[Field, Extract]:
        """Return a field and how to read it. Raises RuleError when there is none, or its argument is wrong."""
        field = self._fields.get(reference.name)
        if field is None:
            raise RuleError(f"unknown field {reference.name!r}")
        if field.takes_argument:
            argument = reference.argument
            if not argument:
                raise RuleError(f"field {field.name} needs an argument, as {field.name}[/path]")
            return field, field.read(argument)
        if reference.argument is not None:
            raise RuleError(f"field {field.name} takes no argument")
        return field, field.read
