"""The effects a call of the call table can have, each naming the request or response field it reads.

A field is written `rq.roleName` (requestParameters) or `rs.role.arn` (responseElements). CloudTrail lowers only the
first letter of a member name, which gives forms like `sAMLProviderArn`; names are therefore looked up without regard
to case when the exact form is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

Body = dict[str, Any]


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
class Clear:
    """An attribute becomes none."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Add:
    """The field names an element that joins a set."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The field names an element that leaves a collection; that it succeeded proves the element was there."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class Put:
    """An element of a collection gets a value, new or not."""

    attribute: str
    element: str
    field: str


@dataclass(frozen=True, slots=True)
class PutTags:
    """A list of `{key, value}` is merged into a map."""

    attribute: str
    field: str


@dataclass(frozen=True, slots=True)
class RemoveEach:
    """A list of names that leave a collection. Names that were not there are no error, so nothing is proven."""

    attribute: str
    field: str


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


Effect = Create | Delete | Learn | Set | Clear | Add | Remove | Put | PutTags | RemoveEach | Copy | When


def read_field(path: str, request: Body, response: Body) -> Any:
    """Return the value at a field path, or None where the event does not have it."""
    side, steps = _steps(path)
    value: Any = request if side == "rq" else response
    for step in steps:
        if not isinstance(value, dict):
            return None
        found = value.get(step)
        if found is None:
            folded = step.casefold()
            found = next((v for k, v in value.items() if k.casefold() == folded), None)
        value = found
    return value


@cache
def _steps(path: str) -> tuple[str, tuple[str, ...]]:
    side, *steps = path.split(".")
    return side, tuple(steps)
