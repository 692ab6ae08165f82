"""Rules of both sources: what fires on what, which are on, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generated import record
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.record import Drift
from iamdrift.errors import ConfigError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert, AlertFormat, AppendOutput
from iamdrift.falco.fields.field import FieldSet
from iamdrift.falco.fields.sources import sources
from iamdrift.falco.fields.trail import read_trail_event
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.matching.index import Index, Wanted, demands
from iamdrift.falco.matching.rule_set import RuleSet, load_rules
from iamdrift.falco.matching.selection import RuleSettings, check_settings

_FILE = Path(__file__).with_name("cloudtrail_rules.yaml")
_TEXT = _FILE.read_text()
_RULE = "- {{rule: {}, condition: '{}', output: '{}', desc: d, priority: {}, source: aws_cloudtrail, tags: [{}]}}\n"


def _rules(text: str, **settings: Any) -> RuleSet:
    return RuleSet.of((RuleFile("mine.yaml", text),), RuleSettings(**settings))


def _alerts(rules: RuleSet, *records: dict[str, Any]) -> list[Alert]:
    results = Core(rules).take_all([json.dumps(one).encode() for one in records])
    return [one for one in results if isinstance(one, Alert)]


def _login(kind: str, mfa: str = "No") -> dict[str, Any]:
    return record(1, "ConsoleLogin", {}, {"ConsoleLogin": "Success"}) | {
        "eventSource": "signin.amazonaws.com",
        "eventType": "AwsConsoleSignIn",
        "requestParameters": None,
        "additionalEventData": {"MFAUsed": mfa},
        "userIdentity": {"type": kind, "userName": "kit", "accountId": "123456789012"},
    }


def test_falcos_own_rules_load() -> None:
    """The rules that people have for CloudTrail load without an error or a warning."""
    loaded = load_rules((RuleFile(str(_FILE), _TEXT),), RuleSettings())
    assert [(result.errors, result.warnings) for result in loaded.results] == [([], [])]
    assert loaded.results[0].schema_warnings == []
    assert len(loaded.rules) == 22
    assert len(_rules(_TEXT).rules) == 20


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (_login("IAMUser"), ["Console login without a second factor"]),
        (_login("IAMUser", "Yes"), []),
        (_login("AssumedRole"), ["Console login by an assumed role"]),
        (
            _login("Root"),
            ["Console login without a second factor", "Console login of root without a second factor"],
        ),
        (record(1, "CreateUser", {"userName": "kit"}), ["User made"]),
        (record(1, "CreateUser", {"userName": "kit"}) | {"errorCode": "AccessDenied"}, []),
        (record(1, "CreateUser", {"userName": "kit"}) | {"errorCode": None}, []),
        (record(1, "CreateService", {}) | {"eventSource": "ecs.amazonaws.com"}, ["ECS service made"]),
        (record(1, "CreateService", {}) | {"eventSource": "vpc-lattice.amazonaws.com"}, []),
        (record(1, "StartTask", {}) | {"eventSource": "ecs.amazonaws.com"}, ["ECS task started"]),
        (
            record(1, "RunInstances", {}) | {"eventSource": "ec2.amazonaws.com"},
            ["Instances started", "Instances started in another region"],
        ),
        (
            record(1, "RunInstances", {}) | {"eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-0"},
            ["Instances started"],
        ),
        (
            record(
                1,
                "PutBucketPublicAccessBlock",
                {"publicAccessBlock": "", "PublicAccessBlockConfiguration": {"BlockPublicAcls": False}},
            )
            | {"eventSource": "s3.amazonaws.com"},
            ["Public access block removed"],
        ),
        (record(1, "ListBuckets", {}) | {"eventSource": "s3.amazonaws.com", "readOnly": True}, []),
        (record(1, "StopLogging", {"name": "t"}) | {"eventSource": "cloudtrail.amazonaws.com"}, ["Trail stopped"]),
    ],
)
def test_falcos_own_rules_fire(members: dict[str, Any], expected: list[str]) -> None:
    """They fire on records of whatever service, as in the engine where every rule that matches fires."""
    assert [alert.rule for alert in _alerts(_rules(_TEXT), members)] == expected


def test_the_first_rule_hides_the_next() -> None:
    """With `first`, as in the engine by default, only the first rule that matches fires."""
    assert [one.rule for one in _alerts(_rules(_TEXT, matching="first"), _login("Root"))] == [
        "Console login without a second factor"
    ]


def test_an_alert_on_a_record_is_the_engines() -> None:
    """The JSON is that of the engine to the byte: nothing of ours is in it."""
    text = _RULE.format("User made", "ct.name = CreateUser", "made %ct.request.username %ct.error", "INFO", "b, a, a")
    (alert,) = _alerts(_rules(text), record(1, "CreateUser", {"userName": "ki/t é"}))
    assert alert.to_json().decode() == (
        '{"hostname":"iamdrift","output":"00:00:01.000000000: Informational made ki/t é <NA>",'
        '"output_fields":{"ct.error":null,"ct.request.username":"ki/t é","evt.time":1788220801000000000},'
        '"priority":"Informational","rule":"User made","source":"aws_cloudtrail","tags":["a","b"],'
        '"time":"2026-09-01T00:00:01.000000000Z"}'
    )
    assert (alert.account, alert.key) == ("123456789012", "123456789012")


def test_how_alerts_are_written_is_a_setting() -> None:
    """The settings of the engine's configuration do what they do there."""
    form = AlertFormat(
        hostname="h",
        time_format_iso_8601=True,
        json_include_message_property=True,
        json_include_tags_property=False,
        append_output=(
            AppendOutput(
                source="aws_cloudtrail",
                tags=("a",),
                extra_output="in %ct.region",
                extra_fields=("evt.num", {"env": "prod-%ct.region"}),
            ),
            AppendOutput(rule="another", extra_output="never"),
        ),
    )
    text = _RULE.format("r", "ct.name = CreateUser", "made", "INFO", "a, b")
    (alert,) = _alerts(_rules(text, alerts=form), record(1, "CreateUser", {"userName": "kit"}))
    assert json.loads(alert.to_json()) == {
        "hostname": "h",
        "message": "made in us-east-1",
        "output": "2026-09-01T00:00:01.000000000+0000: Informational made in us-east-1",
        "output_fields": {
            "ct.region": "us-east-1",
            "env": "prod-us-east-1",
            "evt.num": 1,
            "evt.time.iso8601": 1788220801000000000,
        },
        "priority": "Informational",
        "rule": "r",
        "source": "aws_cloudtrail",
        "time": "2026-09-01T00:00:01.000000000Z",
    }


def test_both_sources_see_an_event() -> None:
    """A rule on records and a rule on drift fire on the same event, each on what it is for."""
    text = _RULE.format("on the record", "ct.name = CreateUser", "%ct.user", "INFO", "a") + (
        "- {rule: on the drift, condition: 'evt.name = CreateUser and ct.name = CreateUser', output: '%resource',"
        " priority: info}\n"
    )
    results = Core(_rules(text)).take_all([json.dumps(record(1, "CreateUser", {"userName": "kit"})).encode()])
    assert [type(one) for one in results] == [Drift, Alert, Alert]
    assert [(one.rule, one.message) for one in results if isinstance(one, Alert)] == [
        ("on the drift", "kit"),
        ("on the record", "ops"),
    ]


def test_what_no_rule_and_no_drift_needs_is_not_parsed() -> None:
    """The rules tell which records of other services are wanted; the rest is skipped by its bytes, broken or not."""
    broken = json.dumps(record(1, "PutObject", {}) | {"eventSource": "s3.amazonaws.com"}).replace(":", ";", 1)
    other = broken.replace('{"eventVersion";', '{"eventVersion":"1","x";')
    core = Core(_rules(_TEXT))
    assert core.take_all([other.encode()]) == []
    assert core.counts["skipped_other-service"] == 1
    wanted = other.replace("PutObject", "PutBucketAcl")
    (letter,) = core.take_all([wanted.encode()])
    assert isinstance(letter, DeadLetter)
    assert core.counts["records"] == 2


def test_everything_is_wanted_by_a_rule_without_a_name() -> None:
    """A rule that may match any record makes every record wanted."""
    assert _rules(_TEXT).wanted.wants("s3.amazonaws.com", "PutBucketAcl")
    assert not _rules(_TEXT).wanted.wants("s3.amazonaws.com", "PutObject")
    every = _rules(_TEXT, select=("enable:Any CloudTrail event",))
    assert every.wanted.wants("s3.amazonaws.com", "PutObject")
    noted = record(1, "PutObject", {"bucketName": "b"}) | {"eventSource": "s3.amazonaws.com"}
    assert [alert.rule for alert in _alerts(every, noted)] == ["Any CloudTrail event"]


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({}, 20),
        ({"priority": "warning"}, 19),
        ({"priority": "Critical"}, 5),
        ({"select": ("disable:*",)}, 0),
        ({"select": ("disable:*", "enable:Console*")}, 3),
        ({"select": ("disable:*", "enable:tag=aws_s3")}, 5),
        ({"select": ("disable:tag=aws_s3",)}, 16),
        ({"select": ("disable:*", "enable:Console?Login*", "enable:[C]*")}, 0),
        ({"select": ("enable:*",)}, 22),
        ({"select": ("enable:*",), "priority": "info"}, 21),
    ],
)
def test_selection(settings: dict[str, Any], on: int) -> None:
    """Rules are switched on and off by name, wildcard, tag and priority, in order."""
    assert len(_rules(_TEXT, **settings).rules) == on


@pytest.mark.parametrize(
    "settings", [{"matching": "last"}, {"priority": "loud"}, {"select": ("x",)}, {"select": ("enable:",)}]
)
def test_settings_that_mean_nothing(settings: dict[str, Any]) -> None:
    """They are refused by name."""
    with pytest.raises(ConfigError, match=rf"rules\.{next(iter(settings))}"):
        check_settings(RuleSettings(**settings))


_names = st.sampled_from(["CreateUser", "DeleteUser", "TagRole"])
_sources = st.sampled_from(["iam.amazonaws.com", "s3.amazonaws.com"])
_checks = st.one_of(
    _names.map(lambda name: f"ct.name = {name}"),
    st.lists(_names, min_size=1).map(lambda names: f"ct.name in ({', '.join(names)})"),
    _sources.map(lambda source: f"ct.src = {source}"),
    st.sampled_from(["iam", "s3"]).map(lambda source: f"ct.shortsrc = {source}"),
    st.sampled_from(["ct.region = r", "ct.region != r", "ct.error exists", "ct.user in (a, b)", "ct.user = a"]),
    st.sampled_from(["a", "b"]).map(lambda user: f"json.value[/userIdentity/userName] = {user}"),
    st.sampled_from(["a", "b"]).map(lambda user: f"json.value[userIdentity/userName] in ({user}, x)"),
)
_conditions = st.recursive(
    _checks,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=5,
)


@given(
    st.lists(_conditions, min_size=1, max_size=12),
    st.fixed_dictionaries(
        {"eventName": _names, "eventSource": _sources},
        optional={
            "awsRegion": st.sampled_from("rs"),
            "errorCode": st.just("E"),
            "userIdentity": st.sampled_from("abc").map(lambda name: {"type": "IAMUser", "userName": name}),
        },
    ),
)
def test_the_index_finds_every_rule_that_matches(conditions: list[str], members: dict[str, Any]) -> None:
    """What the index leaves out would not have matched; and what is not wanted matches nothing."""
    text = "".join(_RULE.format(f"r{number}", one, "o", "INFO", "") for number, one in enumerate(conditions))
    loaded = load_rules((RuleFile("r.yaml", text),), RuleSettings())
    assert not loaded.errors()
    line = json.dumps({"eventType": "AwsApiCall", "eventTime": "2026-09-01T00:00:00Z", **members}).encode()
    event = read_trail_event(line, 1)
    matching = [rule.item.name for rule in loaded.rules if rule.check(event)]
    wants = [demands(rule.node) for rule in loaded.rules]
    fields: FieldSet = sources()["aws_cloudtrail"]
    index = Index(zip(loaded.rules, wants, strict=True), fields)
    candidates = [rule.item.name for rule in index.candidates(members["eventSource"], members["eventName"], event)]
    assert [name for name in candidates if name in matching] == matching
    assert Wanted.by(wants).wants(members["eventSource"], members["eventName"]) or not matching
