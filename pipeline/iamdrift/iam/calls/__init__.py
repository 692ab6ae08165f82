"""The call table: what each mutating call does to which resource. One row a call; a new call is a new row.

AWS reference: the API references of the services and their botocore models, which a test holds every row against.
"""

from __future__ import annotations

from types import MappingProxyType

from iamdrift.iam.calls.account import ACCOUNT
from iamdrift.iam.calls.applications import APPLICATIONS
from iamdrift.iam.calls.credentials import CREDENTIALS
from iamdrift.iam.calls.identity_center import IDENTITY_CENTER_CALLS
from iamdrift.iam.calls.identity_store import IDENTITY_STORE_CALLS
from iamdrift.iam.calls.organizations import ORGANIZATIONS_CALLS
from iamdrift.iam.calls.policies import POLICIES
from iamdrift.iam.calls.providers import PROVIDERS
from iamdrift.iam.calls.roles import ROLES
from iamdrift.iam.calls.row import Also, Call
from iamdrift.iam.calls.users import USERS

__all__ = ["CALLS", "Also", "Call", "modelled_calls"]

_CALLS = (
    *(*ROLES, *USERS, *POLICIES, *CREDENTIALS, *PROVIDERS, *ACCOUNT),
    *(*IDENTITY_CENTER_CALLS, *APPLICATIONS, *IDENTITY_STORE_CALLS),
    *ORGANIZATIONS_CALLS,
)

CALLS: MappingProxyType[tuple[str, str], Call] = MappingProxyType({(call.source, call.name): call for call in _CALLS})


def modelled_calls() -> dict[str, frozenset[str]]:
    """Return the names of the calls in the table, by event source."""
    names: dict[str, set[str]] = {}
    for source, name in CALLS:
        names.setdefault(source, set()).add(name)
    return {source: frozenset(found) for source, found in names.items()}
