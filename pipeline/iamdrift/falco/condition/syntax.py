"""The syntax tree of a condition; printing gives the form that Falco calls compiled.

`at` is where a node begins, as an index into the text; it does not count when nodes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from iamdrift.falco.condition.quoting import quoted


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field, with the text between its brackets where it has one."""

    name: str
    argument: str | None = None
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}[{quoted(self.argument)}]"


@dataclass(frozen=True, slots=True)
class Value:
    """A constant; numbers are text too."""

    text: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class Parts:
    """A list among the arguments of a transformer."""

    parts: tuple[Argument, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.parts))})"


@dataclass(frozen=True, slots=True)
class Transformed:
    """A transformer with its arguments; `val` too, which means the field itself."""

    name: str
    arguments: tuple[Argument, ...]
    option: str | None = None
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        option = "" if self.option is None else f"[{quoted(self.option)}]"
        return f"{self.name}({','.join(map(str, self.arguments))}){option}"


@dataclass(frozen=True, slots=True)
class Values:
    """A list of constants on the right."""

    values: tuple[str, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"({', '.join(map(quoted, self.values))})"


@dataclass(frozen=True, slots=True)
class Exists:
    """The operand has a value."""

    operand: Operand
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.operand} exists"


@dataclass(frozen=True, slots=True)
class Compare:
    """The operand compares with a constant, with constants, or with another operand.

    `modifier` is oneof, anyof or allof: how many of the constants it must compare with.
    """

    operand: Operand
    operator: str
    right: Value | Values | Operand
    modifier: str = ""
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        modifier = f"{self.modifier} " if self.modifier else ""
        return f"{self.operand} {self.operator} {modifier}{self.right}"


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro by its name."""

    name: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"not {self.part}"


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"({' and '.join(map(str, self.parts))})"


@dataclass(frozen=True, slots=True)
class Or:
    """Any part."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"({' or '.join(map(str, self.parts))})"


Operand = FieldRef | Transformed
Argument = FieldRef | Transformed | Value | Parts
Node = Exists | Compare | Macro | Not | And | Or
