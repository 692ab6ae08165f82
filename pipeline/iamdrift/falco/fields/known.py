"""What is known of a resource beside what just changed: its age, policies, ways in; and bursts of denied calls."""

from __future__ import annotations

from typing import Any

from iamdrift.drift.burst import ATTRIBUTE
from iamdrift.drift.record import Drift
from iamdrift.falco.fields.field import Field, FieldType

# Settings of the account's password policy: those that are stronger the larger they are, those that are on or off, and
# the one that is weaker the larger it is, and weakest where there is none.
_LARGER = frozenset(["minimum_password_length", "password_reuse_prevention"])
_SMALLER = "max_password_age"
_ON = frozenset(
    [
        "require_symbols",
        "require_numbers",
        "require_uppercase_characters",
        "require_lowercase_characters",
        "hard_expiry",
    ]
)


def _age(drift: Drift) -> int | None:
    """Return the seconds since a resource was made; None where that was not seen."""
    made = drift.snapshot.written.get("exists")
    if made is None or drift.snapshot.exists is not True:
        return None
    return max(drift.time - made, 0) // 1000


def _members(drift: Drift, attribute: str) -> list[str] | None:
    return sorted(drift.snapshot.collection(attribute).items) or None


def _has_password(drift: Drift) -> bool:
    return bool(drift.snapshot.scalar("login_profile"))


def _weakened(drift: Drift) -> list[str] | None:
    """Return the settings of a password policy that are weaker than before, as far as before is known."""
    change = drift.changes.get("password_policy")
    if change is None:
        return None
    pairs = {name: (value["from"], value["to"]) for name, value in change.get("changed", {}).items()}
    pairs |= {name: (value, None) for name, value in change.get("removed", {}).items()}
    return sorted(name for name, (was, now) in pairs.items() if _is_weaker(name, was, now)) or None


def _is_weaker(name: str, was: Any, now: Any) -> bool:
    if name in _ON:
        return bool(was == "true" and now != "true")
    old, new = (int(value) if isinstance(value, str) and value.isdecimal() else 0 for value in (was, now))
    if name == _SMALLER:
        return old > 0 and (new == 0 or new > old)
    return name in _LARGER and new < old


def _boundary_for(drift: Drift) -> list[str] | None:
    """Return whom a policy limits as their permissions boundary, as `role/App`."""
    held = drift.snapshot.collection
    return (
        sorted(
            f"{kind}/{name}"
            for kind, attribute in (("role", "boundary_for_roles"), ("user", "boundary_for_users"))
            for name in held(attribute).items
        )
        or None
    )


def _denied(drift: Drift) -> list[str] | None:
    return drift.changes.get(ATTRIBUTE, {}).get("added")


KNOWN: tuple[Field, ...] = (
    Field("resource.age_seconds", FieldType.UINT64, "seconds since it was made, where that was seen", _age),
    Field(
        "resource.policies",
        FieldType.LIST,
        "the managed policies attached to it, as far as known",
        lambda drift: _members(drift, "managed_policy_arns"),
    ),
    Field(
        "resource.groups",
        FieldType.LIST,
        "the groups a user is in, as far as known",
        lambda drift: _members(drift, "groups"),
    ),
    Field("resource.has_password", FieldType.BOOL, "a user is known to have a console password", _has_password),
    Field(
        "drift.weakened_settings",
        FieldType.LIST,
        "settings of the password policy that are weaker now",
        _weakened,
    ),
    Field("drift.boundary_for", FieldType.LIST, "whom a policy limits as their boundary", _boundary_for),
    Field("drift.denied_calls", FieldType.LIST, "the calls of a burst of denied calls", _denied),
)
