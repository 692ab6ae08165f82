"""The syntax tree of a Falco condition; printing gives the form Falco calls compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"[\s=\\\"'\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field, with the text between its brackets where it has one."""

    name: str
    argument: str | None = None

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}[{self.argument}]"


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value."""

    field: FieldRef

    def __str__(self) -> str:
        return f"{self.field} exists"


@dataclass(frozen=True, slots=True)
class Compare:
    """The field compares with one value."""

    field: FieldRef
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {_value(self.value)}"


@dataclass(frozen=True, slots=True)
class Among:
    """The field compares with a list of values: in, intersects, pmatch."""

    field: FieldRef
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field} {self.operator} ({', '.join(map(_value, self.values))})"


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node

    def __str__(self) -> str:
        return f"not {self.part}"


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' and '.join(map(str, self.parts))})"


@dataclass(frozen=True, slots=True)
class Or:
    """Any part."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return f"({' or '.join(map(str, self.parts))})"


Node = Exists | Compare | Among | Macro | Not | And | Or


def _value(text: str) -> str:
    if not _QUOTED.search(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
