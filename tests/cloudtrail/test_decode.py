"""Every envelope that CloudTrail travels in, and everything that is none."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generated import record
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.relevance import OTHER_SERVICE, Relevance
from iamdrift.iam.calls import modelled_calls

_RELEVANT = Relevance(modelled_calls())
_ONE = record(1, "DeleteRole", {"roleName": "App"})
_TWO = record(2, "TagRole", {"roleName": "App", "tags": []})
_TEXT = json.dumps(_ONE)
_LOGS = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logEvents": [{"id": "1", "message": _TEXT}]}


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "message",
    [
        _bytes(_ONE),
        b"\xef\xbb\xbf \n" + _bytes(_ONE),
        gzip.compress(_bytes(_ONE)),
        _bytes({"Records": [_ONE]}),
        gzip.compress(_bytes({"Records": [_ONE]})),
        _bytes({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "detail": _ONE}),
        _bytes(_LOGS),
        gzip.compress(_bytes(_LOGS)),
        base64.b64encode(gzip.compress(_bytes(_LOGS))),
        _bytes({"@timestamp": "t", "event": {"dataset": "aws.cloudtrail"}, "message": _TEXT}),
        _bytes({"@timestamp": "t", "event": {"original": _TEXT}, "aws": {"cloudtrail": {}}}),
        _bytes({"@timestamp": 1.5, "log": _TEXT}),
        _bytes({"EventId": "1", "EventName": "DeleteRole", "CloudTrailEvent": _TEXT}),
        _bytes({"Events": [{"EventId": "1", "CloudTrailEvent": _TEXT}]}),
        _bytes(_TEXT),
        _bytes([_ONE]),
    ],
)
def test_envelopes(message: bytes) -> None:
    """The record inside is found, with its own members, whatever it travels in."""
    decoded = decode(message, _RELEVANT)
    (event,) = decoded.tracked
    assert json.loads(event.raw) == _ONE
    assert (decoded.records, event.record.name, event.time) == (1, "DeleteRole", 1788220801000)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "tombstone"),
        (_bytes({"messageType": "CONTROL_MESSAGE", "logEvents": []}), "control-message"),
        (_bytes({"digestS3Object": "x", "logFiles": []}), "digest"),
        (_bytes({"s3Bucket": "b", "s3ObjectKey": ["k"]}), "pointer"),
        (_bytes({"Type": "Notification", "Message": '{"s3Bucket":"b","s3ObjectKey":["k"]}'}), "pointer"),
        (_bytes({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {}}]}), "pointer"),
        (_bytes({**_ONE, "eventType": "AwsCloudTrailInsight"}), "insight"),
        (_bytes({**_ONE, "eventSource": "s3.amazonaws.com"}), "other-service"),
        (_bytes({**_ONE, "eventName": "GetRole"}), "read-only"),
        (_bytes({**_ONE, "eventSource": "sso.amazonaws.com", "eventName": "Federate"}), "sign-in"),
    ],
)
def test_skipped(message: bytes | None, reason: str) -> None:
    """What carries no change of ours is skipped, counted under a reason."""
    decoded = decode(message, _RELEVANT)
    assert dict(decoded.skipped) == {reason: 1}
    assert not decoded.tracked
    assert not decoded.dead


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"not JSON", "not JSON"),
        (b'{"eventSource":"iam.amazonaws.com","eventName":"Del', "not JSON"),
        (b"{}", "neither a CloudTrail record"),
        (b"\xff\xfe", "not JSON"),
        (gzip.compress(b"x" * 100)[:-9], "gzip"),
        (_bytes({"class_uid": 3001, "api": {}}), "OCSF"),
        (_bytes({**_ONE, "eventTime": "yesterday"}), "not a time"),
    ],
)
def test_dead_letters(message: bytes, error: str) -> None:
    """What cannot be read is a dead letter with its bytes and a reason."""
    (letter,) = decode(message, _RELEVANT).dead
    assert letter.payload == message
    assert error in letter.message
    line = json.loads(letter.to_json())
    assert line["step"] == "decode"
    assert (line["payload"] or "").encode() or base64.b64decode(line["payload_base64"]) == message


def test_one_bad_record_leaves_its_neighbours() -> None:
    """A record that cannot be read takes nothing with it."""
    message = json.dumps({"Records": [_ONE, {**_ONE, "eventTime": 5}, _TWO]}).encode()
    decoded = decode(message, _RELEVANT)
    assert [event.record.name for event in decoded.tracked] == ["DeleteRole", "TagRole"]
    assert json.loads(decoded.dead[0].payload)["eventTime"] == 5


def test_endless_nesting_ends() -> None:
    """Envelopes within envelopes end in a dead letter."""
    message = _TEXT
    for _ in range(9):
        message = json.dumps({"message": message})
    (letter,) = decode(message.encode(), _RELEVANT).dead
    assert "nested more than" in letter.message


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(_TEXT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "detail", "message", "log", "event", "eventSource", "eventName", "eventTime", "data"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=60) | _json.map(_bytes) | _json.map(lambda value: gzip.compress(_bytes(value))))
def test_everything_is_accounted_for(message: bytes) -> None:
    """No bytes make decoding raise, and records = events + skipped + dead letters."""
    decoded = decode(message, _RELEVANT)
    assert decoded.records == decoded.events + sum(decoded.skipped.values()) + len(decoded.dead)
    assert decoded.records >= 1


_hostile = st.sampled_from(
    ['"eventSource":"iam.amazonaws.com"', 's3"}', "\\u0069am", '{"eventSource":"iam.amazonaws.com"}', ""]
)


@given(
    source=st.sampled_from(["iam.amazonaws.com", "s3.amazonaws.com", "aws:s3"]),
    agent=_hostile,
    nested=st.dictionaries(st.sampled_from(["eventSource", "other"]), _hostile, max_size=2),
    spaces=st.sampled_from([(",", ":"), (", ", ": ")]),
    escape=st.booleans(),
)
def test_the_quick_verdict_is_the_slow_one(source: str, agent: str, nested: Any, spaces: Any, escape: bool) -> None:
    """Skipping on bytes alone never skips what parsing would keep."""
    body = {**_ONE, "eventSource": source, "userAgent": agent, "requestParameters": {"roleName": "x", "n": nested}}
    message = json.dumps(body, separators=spaces, ensure_ascii=escape).encode()
    if quick := _RELEVANT.quick_skip(message):
        assert quick == OTHER_SERVICE
        assert dict(decode(message, _RELEVANT).skipped) == {quick: 1}
