"""The call table as rows to read: call, kind, attribute, effect, field, and what the event cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iamdrift.iam.calls import CALLS, Also, Call
from iamdrift.iam.calls.assumed import assumed_of
from iamdrift.iam.effects import Create, Delete, Effect, Learn, SetMap, When


class Covered(NamedTuple):
    """One effect of one call.

    `attribute` is "" where the whole resource comes or goes, `primary` false where the resource is touched besides the
    one that drift is told of. `assumes` is what the row takes for granted without it having been seen on records.
    """

    source: str
    call: str
    kind: str
    primary: bool
    attribute: str
    effect: str
    field: str
    cannot_tell: str
    assumes: tuple[str, ...]


def coverage() -> list[Covered]:
    """Return the whole table, by event source and call."""
    rows = []
    for call in sorted(CALLS.values(), key=lambda call: (call.source, call.name)):
        parts: list[tuple[Call | Also, bool]] = [(call, True), *((also, False) for also in call.also)]
        assumes = assumed_of(call.source, call.name)
        for part, primary in parts:
            told = [row for effect in part.effects for row in _told(effect)] or [("", "nothing", "")]
            cannot_tell = call.cannot_tell if primary else ""
            rows += [Covered(call.source, call.name, part.kind, primary, *one, cannot_tell, assumes) for one in told]
    return rows


def _told(effect: Effect) -> Iterator[tuple[str, str, str]]:
    name = _words(type(effect).__name__)
    if isinstance(effect, Create | Delete):
        yield "", name, ""
    elif isinstance(effect, Learn):
        yield effect.fact, name, effect.field
    elif isinstance(effect, When):
        for inner in effect.effects:
            for attribute, what, field in _told(inner):
                yield attribute, f"{what} when {effect.field}", field
    elif isinstance(effect, SetMap):
        for element, field, _ in effect.entries:
            yield f"{effect.attribute}.{element}", name, field
    else:
        yield effect.attribute, name, getattr(effect, "field", "")


def _words(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
