"""Output texts: `%field` and `%field[argument]`, compiled once.

The longest name that is a known field wins; `%resource` and `%user` are ours and stand for the resource's name and
the acting user. A missing value is `<NA>` in the text and null in the fields. There is no escape for a percent sign.
"""

from __future__ import annotations

import re
from typing import Any

from iamdrift.errors import RuleError
from iamdrift.falco.fields import Extract, FieldSet
from iamdrift.falco.syntax import FieldRef

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)*")
_SHORT = {"resource": "resource.name", "user": "user.name"}


class Output:
    """A compiled output text; `fields` are the fields in it, by the name they are reported under."""

    def __init__(self, parts: list[str | tuple[str, Extract]]) -> None:
        self._parts = parts
        self._fields = dict(part for part in parts if isinstance(part, tuple))

    def render(self, event: Any) -> tuple[str, dict[str, Any]]:
        """Return the text and the output fields."""
        values = {name: read(event) for name, read in self._fields.items()}
        text = "".join(part if isinstance(part, str) else _text(values[part[0]]) for part in self._parts)
        return text, values


def compile_output(template: str, fields: FieldSet) -> Output:
    """Compile an output text. Raises RuleError for an unknown field or a percent sign that begins none."""
    parts: list[str | tuple[str, Extract]] = []
    at = 0
    while (percent := template.find("%", at)) >= 0:
        if percent > at:
            parts.append(template[at:percent])
        reference, at = _reference(template, percent + 1, fields)
        shown = reference.name if reference.argument is None else f"{reference.name}[{reference.argument}]"
        parts.append((shown, fields.find(reference)[1]))
    if at < len(template):
        parts.append(template[at:])
    return Output(parts)


def _reference(template: str, at: int, fields: FieldSet) -> tuple[FieldRef, int]:
    found = _NAME.match(template, at)
    name = found.group() if found else ""
    while name:
        known = _SHORT.get(name, name)
        if known in fields:
            end = at + len(name)
            if template.startswith("[", end) and (close := template.find("]", end)) > 0:
                return FieldRef(known, template[end + 1 : close].strip("\"'")), close + 1
            return FieldRef(known), end
        name = name[:-1]
    raise RuleError(
        f"output, column {at}: %{found.group() if found else ''} is no field; a percent sign cannot be escaped"
    )


def _text(value: Any) -> str:
    if value is None:
        return "<NA>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"({','.join(value)})"
    return str(value)
