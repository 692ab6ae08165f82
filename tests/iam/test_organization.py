"""Identity Center and Organizations as drift tells of them: before and after, and nothing known that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cases import read_cases
from generated import record
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet


def _told(calls: list[list[Any]]) -> list[dict[str, Any]]:
    """Run calls, each [event source, name, request, response], one a second."""
    core = Core(RuleSet.of(()))
    lines = [
        json.dumps({**record(number, name, request, response), "eventSource": f"{source}.amazonaws.com"}).encode()
        for number, (source, name, request, response) in enumerate(calls)
    ]
    return [json.loads(drift_json(one)) for one in core.take_all(lines) if isinstance(one, Drift)]


@pytest.mark.parametrize(
    ("title", "calls", "target", "attribute", "before", "after"), read_cases(__file__, "organization.cases")
)
def test_last_call_is_told(
    title: str, calls: list[list[Any]], target: str, attribute: str, before: Any, after: Any
) -> None:
    """The last of the calls changes the attribute from one side to the other."""
    last = _told(calls)[-1]
    assert last["target"]["key"].split(":", 3)[3] == target, title
    assert (last["before"][attribute], last["after"][attribute]) == (before, after)


@pytest.mark.parametrize(
    ("source", "name", "request_", "key"),
    [
        ("sso", "AssociateProfile", {"instanceArn": "arn:aws:sso:::instance/ssoins-1"}, "sso-instance/ssoins-1"),
        ("sso-directory", "UpdatePassword", {"identityStoreId": "d-1", "userId": "u"}, "identity-store-user/d-1/u"),
        ("sso-directory", "Other", {"userName": "kit"}, "account/123456789012"),
        ("organizations", "FutureCall", {"targetId": "ou-abcd-12345678"}, "org-ou/ou-abcd-12345678"),
    ],
)
def test_unknown_call_is_told_on_what_it_names(source: str, name: str, request_: Any, key: str) -> None:
    """A call without a row is never put on a resource of another service."""
    (told,) = _told([[source, name, request_, None]])
    assert told["record"] == "unmodelled"
    assert told["target"]["key"].split(":", 3)[3] == key
