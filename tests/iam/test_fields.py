"""What the paths of the call table mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cases import read_cases
from generated import record
from iamdrift.cloudtrail.event import parse_event
from iamdrift.iam.fields import Fields, text_of


@pytest.mark.parametrize(("path", "request_", "value"), read_cases(__file__, "fields.cases"))
def test_field(path: str, request_: dict[str, Any], value: Any) -> None:
    """A path gives the value, or nothing where the event does not have it."""
    event = parse_event(json.dumps(record(1, "CreateRole", request_)).encode())
    assert Fields(event).get(path) == value


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (True, "true"), (3600, "3600"), (["a"], '["a"]'), ({"a": {}}, '{"a":{}}')]
)
def test_text(value: Any, text: str) -> None:
    """State keeps texts as they are, other values as JSON."""
    assert text_of(value) == text
