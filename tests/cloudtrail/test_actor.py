"""Who did it, for every kind of identity that CloudTrail knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cases import read_cases
from generated import record
from iamdrift.cloudtrail.actor import actor_of
from iamdrift.cloudtrail.event import parse_event


@pytest.mark.parametrize(("identity", "expected"), read_cases(__file__, "actor.cases"))
def test_actor(identity: Any, expected: dict[str, Any]) -> None:
    """The person or program behind an identity is named; an identity of an unknown shape hurts nothing."""
    event = parse_event(json.dumps({**record(1, "TagRole", {}), "userIdentity": identity}).encode())
    actor = actor_of(event)
    assert {name: getattr(actor, name) for name in expected} == expected
    assert actor.source_ip == "203.0.113.7"


@pytest.mark.parametrize(("said", "console"), [("true", True), (True, True), ("false", False), (None, False)])
def test_console(said: Any, console: bool) -> None:
    """A session from the console says so, as text or as a boolean."""
    event = parse_event(json.dumps({**record(1, "TagRole", {}), "sessionCredentialFromConsole": said}).encode())
    assert actor_of(event).console is console
