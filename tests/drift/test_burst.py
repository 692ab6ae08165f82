"""A burst of denied calls: told once, of the call that makes it, in whatever order the calls come."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from generated import record
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet

_CALLS = ("TagRole", "CreateUser", "PutRolePolicy", "DeleteUser", "CreateAccessKey", "DeleteRole", "CreateGroup")


def _denied(second: int, name: str) -> dict[str, Any]:
    return record(second, name, {"roleName": "App", "userName": "kit"}) | {"errorCode": "AccessDenied"}


def _bursts(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the calls of each burst that is left once corrections are applied, by the call that made it."""
    told: dict[str, Drift] = {}
    for result in Core(RuleSet.of(())).take_all([json.dumps(one).encode() for one in records]):
        assert isinstance(result, Drift)
        if result.record == "burst":
            told[result.id] = result
    return {one.event: one.changes["denied_calls"]["added"] for one in told.values() if one.changes}


def test_the_fifth_call_makes_it() -> None:
    """Five different calls within ten minutes are a burst; the sixth makes no other."""
    records = [_denied(100 * number, name) for number, name in enumerate(_CALLS)]
    assert _bursts(records) == {"CreateAccessKey": sorted(_CALLS[:5])}


def test_what_is_no_burst() -> None:
    """Slow calls, one call again and again, and calls of different callers are none."""
    assert _bursts([_denied(200 * number, name) for number, name in enumerate(_CALLS)]) == {}
    assert _bursts([_denied(number, "TagRole") for number in range(9)]) == {}
    others = [_denied(number, name) for number, name in enumerate(_CALLS)]
    for number, one in enumerate(others):
        one["userIdentity"] = one["userIdentity"] | {"arn": f"arn:aws:iam::123456789012:user/u{number % 2}"}
    assert _bursts(others) == {}


def test_sessions_of_a_role_are_one_caller() -> None:
    """Who takes a new session for each call makes a burst too, and state does not grow with sessions."""
    records = [_denied(number, name) for number, name in enumerate(_CALLS)]
    for number, one in enumerate(records):
        one["userIdentity"] = {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::123456789012:assumed-role/Deploy/run-{number}",
            "accountId": "123456789012",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/Deploy", "userName": "Deploy"}},
        }
    assert list(_bursts(records)) == ["CreateAccessKey"]


@pytest.mark.parametrize("seed", range(20))
def test_order_does_not_matter(seed: int) -> None:
    """Whatever order the calls come in, and however often, the same burst is told in the end."""
    records = [_denied(60 * number, name) for number, name in enumerate(_CALLS)]
    expected = _bursts(records)
    shuffled = records + random.Random(seed).sample(records, 3)
    random.Random(seed).shuffle(shuffled)
    assert _bursts(shuffled) == expected
