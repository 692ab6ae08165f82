"""The fields of CloudTrail records, as Falco's plugins read them, and the texts made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cases import read_cases
from generated import record
from iamdrift.cloudtrail.event import parse_event
from iamdrift.drift.record import Drift
from iamdrift.errors import RuleError
from iamdrift.explain import Core
from iamdrift.falco.condition.parser import parse_operand
from iamdrift.falco.condition.syntax import FieldRef
from iamdrift.falco.fields.field import FieldType
from iamdrift.falco.fields.sources import sources
from iamdrift.falco.fields.trail import read_trail_event, trail_event
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.falco.output import compile_output

_TRAIL, _DRIFT = sources()["aws_cloudtrail"], sources()["iam_drift"]
_MEMBERS = {"eventType": "AwsApiCall", "eventTime": "2026-09-01T00:00:00Z"}
_TYPES = {FieldType.STRING: str, FieldType.UINT64: int, FieldType.BOOL: bool, FieldType.LIST: list}
_RECORD = {
    **_MEMBERS,
    "eventName": "CreateUser",
    "userIdentity": {"type": "IAMUser", "userName": "kit"},
    "a": {"b": 1},
    "c": True,
    "e": "éab",
    "responseElements": {"instancesSet": {"items": [{"imageId": "ami-1"}, {"imageId": "ami-2"}]}},
}


@pytest.mark.parametrize(("members", "name", "expected"), read_cases(__file__, "fields.cases"))
def test_values(members: dict[str, Any], name: str, expected: Any) -> None:
    """A field reads of a record what the plugin reads, whatever blanks the record is written with."""
    reference, _ = parse_operand(name)
    assert isinstance(reference, FieldRef)
    field, read = _TRAIL.find(reference)
    for separators in ((",", ":"), (" , ", " : ")):
        event = read_trail_event(json.dumps({**_MEMBERS, **members}, separators=separators).encode(), 7)
        assert event is not None
        found = read(event)
        assert found == expected
        assert found is None or type(found) is _TYPES[field.type]


@pytest.mark.parametrize(
    "members",
    [
        {"eventType": None},
        {"eventType": "AwsCloudTrailInsight"},
        {"eventTime": None},
        {"eventTime": "yesterday"},
        {"eventTime": 5},
    ],
)
def test_records_that_are_left_out(members: dict[str, Any]) -> None:
    """What the plugin leaves out meets no rule."""
    assert read_trail_event(json.dumps({**_MEMBERS, **members}).encode(), 1) is None


def test_both_ways_to_a_record_are_one() -> None:
    """A record of the pipeline reads as one of a file does."""
    raw = json.dumps(record(1, "CreateUser", {"userName": "kit"})).encode()
    assert trail_event(parse_event(raw)) == read_trail_event(raw, 1)


@pytest.mark.parametrize("case", read_cases(__file__, "outputs.cases"), ids=lambda case: case[0])
def test_outputs(case: list[Any]) -> None:
    """An output text prints as the engine prints it, with the fields that the engine reports."""
    event = read_trail_event(json.dumps(_RECORD).encode(), 7)
    if isinstance(case[1], list):
        with pytest.raises(RuleError) as caught:
            compile_output(case[0], _TRAIL)
        assert case[1][0] in str(caught.value)
        return
    output = compile_output(case[0], _TRAIL)
    assert (output.text(event), output.fields(event)) == (case[1], case[2])


def test_drift_has_the_fields_of_its_cause() -> None:
    """A rule on drift reads of the causing record what a rule on records reads."""
    raw = json.dumps(record(1, "TagRole", {"roleName": "App", "tags": [{"key": "a", "value": "b"}]})).encode()
    (drift,) = Core(RuleSet.of(())).take_all([raw])
    event = read_trail_event(raw, 1)
    assert isinstance(drift, Drift)
    shared = [field.name for field in _TRAIL if field.name.partition(".")[0] in ("ct", "s3", "ec2", "ecr", "iam")]
    assert len(shared) > 60
    for reference in [*map(FieldRef, shared), FieldRef("json.value", "/requestParameters/tags/0/key")]:
        assert _DRIFT.find(reference).read(drift) == _TRAIL.find(reference).read(event), reference


def test_every_field_can_be_read_and_is_explained() -> None:
    """Every field gives a value of its type or none, of any drift, and has a line of documentation."""
    raw = [json.dumps(record(1, "CreateUser", {"userName": "kit"})).encode(), b'{"eventSource":"iam.amazonaws.com"}']
    (drift,) = (one for one in Core(RuleSet.of(())).take_all(raw) if isinstance(one, Drift))
    for field in _DRIFT:
        value = field.read(drift)
        assert value is None or type(value) is _TYPES[field.type], field.name
        assert field.about, field.name
