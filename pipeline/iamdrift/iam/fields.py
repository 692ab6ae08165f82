"""Reading the fields that the call table names.

A field is written `rq.roleName` (requestParameters) or `rs.role.arn` (responseElements); `=text` is that text, `@time`
the time of the event, `@caller` the user who called, `@account` the account, `sha256:rq.certificateBody` the digest of
a text that is too large or too private to keep. CloudTrail lowers only the first letter of a member name, which gives
forms like `sAMLProviderArn`; names are therefore looked up without regard to case when the exact form is not there.

`rq.a|rq.b` is the first of them that is there. `join:rq.a,rq.b` is the values as one name, a slash between each two;
where one is missing there is no name. A step into a list gives the list of what its objects have there. What CloudTrail
hides is as if it were not there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from iamdrift.cloudtrail.actor import identity_of
from iamdrift.cloudtrail.event import CloudTrailEvent

_DIGEST = "sha256:"
_JOIN = "join:"
_FIRST = "|"
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


class Fields:
    """The two bodies of an event, each decoded once."""

    __slots__ = ("account", "event", "request", "response")

    def __init__(self, event: CloudTrailEvent) -> None:
        self.event = event
        self.request = event.request()
        self.response = event.response()
        self.account = ""

    def get(self, path: str) -> Any:
        """Return the value of a field, or None where the event does not have it."""
        side, steps = _steps(path)
        if side == "rq":
            return member(self.request, steps)
        if side == "rs":
            return member(self.response, steps)
        if side == "=":
            return steps[0]
        if side == _DIGEST:
            value = self.get(steps[0])
            return sha256(value.encode()).hexdigest() if isinstance(value, str) else None
        if side == _FIRST:
            return next((value for step in steps if (value := self.get(step)) is not None), None)
        if side == _JOIN:
            return _joined([self.get(step) for step in steps])
        return self._of_event(side)

    def _of_event(self, name: str) -> str | None:
        if name == "@time":
            return datetime.fromtimestamp(self.event.time / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if name == "@account":
            return self.account
        who = identity_of(self.event)
        return who.user_name if who.type == "IAMUser" else None


def text_of(value: Any) -> str:
    """Return a value as state keeps it: text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode()


def member(value: Any, steps: tuple[str, ...]) -> Any:
    """Return what stands that many steps down in a JSON value, or None."""
    for depth, step in enumerate(steps):
        if isinstance(value, list):
            inner = (member(one, steps[depth:]) for one in value)
            return [found for found in inner if found is not None]
        if not isinstance(value, dict):
            return None
        found = value.get(step)
        if found is None:
            folded = step.casefold()
            found = next((v for k, v in value.items() if k.casefold() == folded), None)
        value = found
    return None if value == _HIDDEN else value


def _joined(parts: list[Any]) -> str | None:
    if any(part is None for part in parts):
        return None
    *before, last = map(text_of, parts)
    return "".join(f"{part.removesuffix('/')}/" for part in before) + last


@cache
def _steps(path: str) -> tuple[str, tuple[str, ...]]:
    if path.startswith("="):
        return "=", (path[1:],)
    if path.startswith(_JOIN):
        return _JOIN, tuple(path.removeprefix(_JOIN).split(","))
    if _FIRST in path:
        return _FIRST, tuple(path.split(_FIRST))
    if path.startswith(_DIGEST):
        return _DIGEST, (path.removeprefix(_DIGEST),)
    side, *steps = path.split(".")
    return side, tuple(steps)
