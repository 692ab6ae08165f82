"""The effects a call of the call table can have, each naming the fields it reads (as `fields.py` describes them)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Create:
    """The resource comes to be: every attribute of its kind is known from here on."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The resource is gone."""


@dataclass(frozen=True, slots=True)
class Learn:
    """The event tells the ARN or the unique id."""

    fact: str
    field: str


@dataclass(frozen=True, slots=True)
class Set:
    """An attribute gets the value of a field; without the field, `default` where there is one, else no change."""

    attribute: str
    field: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Give:
    """An attribute that had no value gets one; that the call succeeded proves it had none."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Take:
    """An attribute that had a value has none from here on."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Clear:
    """An attribute becomes none, a collection empty."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Forget:
    """An attribute changed in a way that the event does not tell: it is not known any more."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Add:
    """The field names an element that joins a set; a list names several."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The field names an element that leaves a collection; that it succeeded proves the element was there."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Discard:
    """The field names elements that leave a collection. The call succeeds without them too, so nothing is proven."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Replace:
    """The field lists all that a set has from here on."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Put:
    """An element of a collection gets a value, new or not; a list names several elements."""

    attribute: str
    element: str
    field: str


@dataclass(frozen=True, slots=True)
class PutTags:
    """A list of `{key, value}` is merged into a map."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class PutEach:
    """The members of an object are merged into a map."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class ReplaceMap:
    """The field lists objects; each is an element of a map, by its members `key` and `value`; there are no others."""

    attribute: str
    field: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class SetMap:
    """A map is written whole: element name, field, and what an absent field means."""

    attribute: str
    entries: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """An attribute takes the value of an element of a collection, named by the field."""

    attribute: str
    collection: str
    field: str


@dataclass(frozen=True, slots=True)
class When:
    """Further effects that hold only when the field is true."""

    field: str
    effects: tuple[Effect, ...]


Effect = (
    Create
    | Delete
    | Learn
    | Set
    | Give
    | Take
    | Clear
    | Forget
    | Add
    | Remove
    | Discard
    | Replace
    | Put
    | PutTags
    | PutEach
    | ReplaceMap
    | SetMap
    | Copy
    | When
)
