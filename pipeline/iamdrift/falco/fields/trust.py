"""What a change of a trust policy means: who outside of the account is let in, and on what condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from iamdrift.drift.record import Drift
from iamdrift.falco.fields.field import Field, FieldType

_TRUST = "assume_role_policy"
_ACCOUNT = re.compile(r"arn:[\w-]+:\w+::(\d{12}):")
_SERVICE = re.compile(r"(?!cognito-identity\.)[\w.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
# Condition keys that name the subject of a web identity token; Cognito binds by the identity pool instead.
_SUBJECTS = (":sub", "cognito-identity.amazonaws.com:aud")
_WEB_IDENTITY = "sts:assumerolewithwebidentity"


def added_principals(drift: Drift) -> list[str]:
    """Return the principals that a trust policy gained."""
    return list(drift.changes.get(_TRUST, {}).get("added_principals", ()))


def _accounts(drift: Drift) -> list[str] | None:
    """Return the accounts, other than the role's own, that a trust policy gained."""
    found = {match[1] for name in added_principals(drift) if (match := _ACCOUNT.match(name))}
    return sorted(found - {drift.target.account}) or None


def _services(drift: Drift) -> list[str] | None:
    """Return the AWS services that a trust policy gained or lost."""
    change = drift.changes.get(_TRUST, {})
    names = [*change.get("added_principals", ()), *change.get("removed_principals", ())]
    return sorted(name for name in names if _SERVICE.fullmatch(name)) or None


def _public(drift: Drift) -> bool:
    """Say whether a trust policy came to let everybody in, without any condition."""
    change = drift.changes.get(_TRUST)
    if change is None or not ("*" in change.get("added_principals", ()) or change.get("removed_conditions")):
        return False
    return any("*" in _names(one.get("Principal")) and not one.get("Condition") for one in _allowing(drift))


def _unbound(drift: Drift) -> list[str] | None:
    """Return the providers of web identities whose subjects the changed trust policy does not bind."""
    if _TRUST not in drift.changes:
        return None
    found: set[str] = set()
    for statement in _allowing(drift):
        principal = statement.get("Principal")
        actions = {one.casefold() for one in _names(statement.get("Action"))}
        federated = _names(principal.get("Federated")) if isinstance(principal, dict) else []
        if federated and actions & {_WEB_IDENTITY, "sts:*", "*"} and not _binds(statement.get("Condition")):
            found.update(federated)
    return sorted(found) or None


def _binds(conditions: Any) -> bool:
    """Say whether conditions name a subject, and not any."""
    for operator, keys in conditions.items() if isinstance(conditions, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            subject = key.casefold().endswith(_SUBJECTS) and "ifexists" not in operator.casefold()
            if subject and "*" not in _names(values):
                return True
    return False


def _allowing(drift: Drift) -> Iterator[dict[str, Any]]:
    """Give the statements of the trust policy after a change that allow."""
    document = drift.after.get(_TRUST, {}).get("known")
    if isinstance(document, msgspec.Raw):
        yield from (one for one in _statements(bytes(document)) if one.get("Effect") == "Allow")


@lru_cache(maxsize=256)
def _statements(text: bytes) -> tuple[dict[str, Any], ...]:
    body = msgspec.json.decode(text)
    statements = body.get("Statement") if isinstance(body, dict) else None
    found = statements if isinstance(statements, list) else [statements]
    return tuple(one for one in found if isinstance(one, dict))


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [name for names in value.values() for name in _names(names)]
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]


def trust_fields(own_accounts: frozenset[str]) -> tuple[Field, ...]:
    """Return the fields on trust. `own_accounts` are those that `drift.cross_account` is silent about."""

    def cross_account(drift: Drift) -> bool:
        return not own_accounts.issuperset(_accounts(drift) or ())

    return (
        Field("drift.added_accounts", FieldType.LIST, "other accounts that a trust policy gained", _accounts),
        Field(
            "drift.cross_account",
            FieldType.BOOL,
            "a trust policy gained an account that is none of `rules.own_accounts`",
            cross_account,
        ),
        Field("drift.public", FieldType.BOOL, "a trust policy came to trust everybody without a condition", _public),
        Field("drift.changed_services", FieldType.LIST, "services that a trust policy gained or lost", _services),
        Field(
            "drift.service_trust_changed",
            FieldType.BOOL,
            "a trust policy gained or lost an AWS service",
            lambda drift: _services(drift) is not None,
        ),
        Field(
            "drift.unbound_federation",
            FieldType.LIST,
            "web identity providers whose subject a changed trust policy does not bind",
            _unbound,
        ),
    )
