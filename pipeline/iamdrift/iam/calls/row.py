"""A row of the call table."""

from __future__ import annotations

from dataclasses import dataclass

from iamdrift.iam.effects import Discard, Effect, PutTags

IAM = "iam.amazonaws.com"
IDENTITY_CENTER = "sso.amazonaws.com"
IDENTITY_STORE = "identitystore.amazonaws.com"
# Where the console and directory of Identity Center do the same by other names.
IDENTITY_DIRECTORY = "sso-directory.amazonaws.com"
ORGANIZATIONS = "organizations.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Also:
    """A further resource that a call touches: what follows from the change, not the change itself."""

    kind: str
    named_by: tuple[str, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A mutating call: the kind of resource it changes, the fields that name it (first found wins), its effects.

    `kind` may be several (`org-root|org-ou`), told apart by how the name begins (key.py). `cannot_tell` says what of
    the new state the event does not carry.
    """

    source: str
    name: str
    kind: str
    named_by: tuple[str, ...]
    effects: tuple[Effect, ...]
    also: tuple[Also, ...] = ()
    cannot_tell: str = ""


def tagging(kind: str, noun: str, field: str) -> tuple[Call, Call]:
    """Return the two rows of a kind's tag calls; `noun` as in the names of the calls."""
    return (
        Call(IAM, f"Tag{noun}", kind, (field,), (PutTags("tags", "rq.tags"),)),
        Call(IAM, f"Untag{noun}", kind, (field,), (Discard("tags", "rq.tagKeys"),)),
    )
