"""What can be wrong in a rule file: the engine's codes, and where, as a way from the file down to the place.

The codes, the kinds of places and the shape of the JSON are those of `falco_load_result` and `rule_loader::context`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from iamdrift.errors import FilePlace, RuleError
from iamdrift.falco.condition.cursor import place_in

ERRORS = {
    "LOAD_ERR_FILE_READ": "File read error",
    "LOAD_ERR_YAML_PARSE": "YAML parse error",
    "LOAD_ERR_YAML_VALIDATE": "Error validating internal structure of YAML file",
    "LOAD_ERR_COMPILE_CONDITION": "Error compiling condition",
    "LOAD_ERR_COMPILE_OUTPUT": "Error compiling output",
    "LOAD_ERR_VALIDATE": "Error validating rule/macro/list/exception objects",
    "LOAD_ERR_EXTENSION": "Error in extension item",
}
# Code, short text, long text.
WARNINGS = {
    "LOAD_UNKNOWN_SOURCE": ("Unknown event source", "The rule is for a source that is not here; it is left out."),
    "LOAD_UNSAFE_NA_CHECK": (
        "Unsafe <NA> comparison in condition",
        "A missing value is never equal to the text <NA>; ask with 'exists' whether there is a value.",
    ),
    "LOAD_NO_EVTTYPE": (
        "Condition has no event-type restriction",
        "The condition does not say which events it is about, so it is evaluated on all of them.",
    ),
    "LOAD_UNKNOWN_FILTER": (
        "Unknown field or event-type in condition or output",
        "The rule uses a field that is not here; as it has skip-if-unknown-filter, it is left out.",
    ),
    "LOAD_UNUSED_MACRO": ("Unused macro", "No rule and no macro uses this macro."),
    "LOAD_UNUSED_LIST": ("Unused list", "No rule, no macro and no list uses this list."),
    "LOAD_UNKNOWN_ITEM": ("Unknown rules file item", "The item is none that rule files have; it is left out."),
    "LOAD_DEPRECATED_ITEM": ("Used deprecated item", "The item is written in a way that will go."),
    "LOAD_WARNING_EXTENSION": ("Warning in extension item", "An extension of the file has a warning."),
    "LOAD_APPEND_NO_VALUES": ("Overriding/appending with no values", "An exception is changed without any values."),
    "LOAD_EXCEPTION_NAME_NOT_UNIQUE": (
        "Multiple exceptions defined with the same name",
        "A rule has several exceptions by the same name.",
    ),
    "LOAD_INVALID_MACRO_NAME": ("Invalid macro name", "The macro's name is none that a condition could use."),
    "LOAD_INVALID_LIST_NAME": ("Invalid list name", "The list's name is none that a condition could use."),
    "LOAD_COMPILE_CONDITION": ("Warning in rule condition", "A condition or an output looks like a mistake."),
    "LOAD_UNKNOWN_KEY": ("Unknown key in item definition", "The key is none that such an item has; it is left out."),
}
# Half of it to either side of the place.
_SNIPPET_WIDTH = 160
_NAME_WIDTH = 20


class Location(NamedTuple):
    """A place: what stands there, its name, the file (or the beginning of the condition), line, column, offset."""

    item_type: str
    item_name: str = ""
    name: str = ""
    line: int = 0
    column: int = 0
    offset: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the location as the engine writes it."""
        position = {"column": self.column, "line": self.line, "name": self.name, "offset": self.offset}
        return {"item_name": self.item_name, "item_type": self.item_type, "position": position}


@dataclass(frozen=True, slots=True)
class Context:
    """The way to a place: from the file over the item to the key. `condition` is the text that the place is in."""

    locations: tuple[Location, ...]
    condition: str = ""

    @classmethod
    def of_file(cls, name: str) -> Context:
        """Begin at a file."""
        return cls((Location("rules content", name=name),))

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.locations[0].name

    def at(self, node: Any, item_type: str, item_name: str = "") -> Context:
        """Go on to a YAML node."""
        mark = node.start_mark
        return Context((*self.locations, Location(item_type, item_name, self.file, mark.line, mark.column, mark.index)))

    def in_condition(self, at: int, condition: str) -> Context:
        """Go on to a character of a condition; line and column count from where the condition itself is."""
        short = condition if len(condition) <= _NAME_WIDTH else condition[: _NAME_WIDTH - 3] + "..."
        name = f'"{short}"'.replace("\n", " ").replace("\r", " ")
        place, last = place_in(condition, at), self.locations[-1]
        return Context(
            (
                *self.locations,
                Location(
                    "condition expression",
                    "",
                    name,
                    last.line + place.line,
                    last.column + place.column,
                    last.offset + place.offset,
                ),
            ),
            condition,
        )

    def place(self) -> FilePlace:
        """Return file, line and column, counted from 1, of the innermost place that is in the file itself."""
        inner = [one for one in self.locations if one.item_type != "condition expression"][-1]
        return FilePlace(self.file, inner.line + 1, inner.column + 1)

    def snippet(self, contents: dict[str, str]) -> str:
        """Return the line around the place, and a line with a marker below it."""
        last = self.locations[-1]
        text = self.condition or contents.get(last.name, "")
        if not text:
            return "<No context available>\n"
        at = min(last.offset, len(text) - 1)
        while at > 0 and text[at] == "\n":
            at -= 1
        half = _SNIPPET_WIDTH // 2
        start = max(text.rfind("\n", 0, at + 1) + 1, at - half)
        end = text.find("\n", at)
        end = min(end if end >= 0 else len(text), at + half + 1)
        line = text[start:end]
        if not line:
            return "<No context available>\n"
        if at - start >= half:
            line = "..." + line[3:]
        if end - at > half:
            line = line[:-3] + "..."
        return f"{line}\n{' ' * (at - start)}^\n"

    def as_json(self, contents: dict[str, str]) -> dict[str, Any]:
        """Return the context as the engine writes it."""
        return {"locations": [one.as_json() for one in self.locations], "snippet": self.snippet(contents)}

    def as_text(self) -> str:
        """Return the way to the place, a line a step."""
        lines = []
        for one in self.locations:
            named = f" '{one.item_name}'" if one.item_name else ""
            lines.append(f"{one.item_type}{named}: ({one.name}:{one.line}:{one.column})")
        return "In " + "\n    ".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning: the engine's code, what, and where."""

    code: str
    message: str
    context: Context

    @property
    def is_error(self) -> bool:
        """Whether it is an error."""
        return self.code in ERRORS

    @property
    def short(self) -> str:
        """What the code means, in a few words."""
        return ERRORS[self.code] if self.is_error else WARNINGS[self.code][0]

    def __str__(self) -> str:
        return f"{self.context.place()}: {self.code}: {self.message}"

    def as_json(self, contents: dict[str, str]) -> dict[str, Any]:
        """Return the problem as the engine writes it."""
        meaning = ERRORS[self.code] if self.is_error else WARNINGS[self.code][1]
        return {
            "code": self.code,
            "codedesc": meaning,
            "context": self.context.as_json(contents),
            "message": self.message,
        }


class LoadError(RuleError):
    """A rule file that does not load: the first thing that is wrong in it."""

    def __init__(self, code: str, message: str, context: Context) -> None:
        super().__init__(message, context.place())
        self.problem = Problem(code, message, context)


@dataclass(slots=True)
class FileResult:
    """What came of a file. `schema_warnings` are what is unusual in its form."""

    name: str
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    schema_warnings: list[str] = field(default_factory=list)

    def warn(self, code: str, message: str, context: Context) -> None:
        """Add a warning."""
        self.warnings.append(Problem(code, message, context))

    def as_json(self, contents: dict[str, str]) -> dict[str, Any]:
        """Return the result as the engine writes it."""
        return {
            "errors": [one.as_json(contents) for one in self.errors],
            "name": self.name,
            "schema_valid": not self.schema_warnings,
            "schema_warnings": self.schema_warnings,
            "successful": not self.errors,
            "warnings": [one.as_json(contents) for one in self.warnings],
        }
