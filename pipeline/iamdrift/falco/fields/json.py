"""The fields of Falco's json plugin (0.7): `json.value[/path]` and its older name `jevt.value`, `json.obj`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from iamdrift.cloudtrail.plain_json import text_at
from iamdrift.falco.fields.field import Argument, Field, FieldType
from iamdrift.falco.fields.trail import TrailEvent, c_string, member


def _pointer(argument: str) -> Callable[[TrailEvent], str | None]:
    """Make the reader of a JSON pointer (RFC 6901), whose first slash may be left out."""
    steps = tuple(one.replace("~1", "/").replace("~0", "~") for one in argument.removeprefix("/").split("/"))

    def read(event: TrailEvent) -> str | None:
        found, value = member(event, steps)
        return _shown(event, steps, value) if found else None

    return read


def _shown(event: TrailEvent, steps: tuple[str, ...], value: Any) -> str:
    if isinstance(value, str):
        return c_string(value)
    if value is None or value is True or value is False:
        return "null" if value is None else str(value).lower()
    return text_at(event.raw, steps)


def _nothing(_: TrailEvent) -> None:
    return None


def _fields(prefix: str) -> tuple[Field, ...]:
    string = FieldType.STRING
    return (
        Field(
            f"{prefix}.value",
            string,
            "what the JSON pointer names: a text as it is, all else as JSON text",
            _nothing,
            Argument.REQUIRED,
            _pointer,
        ),
        Field(f"{prefix}.obj", string, "the whole record, indented", lambda e: msgspec.json.format(e.raw).decode()),
        Field(f"{prefix}.rawtime", string, "the time in nanoseconds", lambda event: str(event.time * 1_000_000)),
    )


JSON: tuple[Field, ...] = (*_fields("json"), *_fields("jevt"))
