"""Posting alerts: falcosidekick takes them, what fails is tried again, and no secret shows."""

from __future__ import annotations

import json
import logging
import pickle
import time
from base64 import b64decode
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cases import read_cases
from falcosidekick import Falcosidekick, refusal
from iamdrift.errors import ConfigError, TransportError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.io import http_sink
from iamdrift.io.http_sink import WriteHttp
from iamdrift.io.http_target import HttpTarget
from iamdrift.options import http_of
from iamdrift.resources import bundled_cases
from iamdrift.rule_cases import read_cases as read_rule_cases
from iamdrift.rule_files import rule_files
from iamdrift.run_time import ReadThere, settings_here


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    """Return alerts of the rules that ship, of their own cases."""
    rules = RuleSet.of(rule_files((), bundled=True))
    found = []
    for file in bundled_cases():
        for case in read_rule_cases(file).fires:
            lines = [line for part in case.records() for line in part]
            found += [one for one in Core(rules).take_all(lines) if isinstance(one, Alert)]
    assert len(found) > 60
    return found


@pytest.fixture
def receiver() -> Iterator[Falcosidekick]:
    """Start a receiver."""
    server = Falcosidekick()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without waiting."""
    monkeypatch.setattr(http_sink, "_RETRY", http_sink._RETRY.new(total=3, backoff_factor=0, backoff_jitter=0))


def _post(alerts: list[Alert], *urls: str) -> None:
    sink = WriteHttp(tuple(map(HttpTarget.of, urls)))
    sink.setup()
    sink.start_bundle()
    for alert in alerts:
        sink.process(alert)
    sink.finish_bundle()
    sink.teardown()


@pytest.mark.parametrize(("members", "reason"), read_cases(__file__, "falcosidekick.cases"))
def test_the_receiver_checks_what_falcosidekick_checks(members: dict[str, Any], reason: str) -> None:
    """What stands in for falcosidekick refuses what falcosidekick refuses, and takes what it takes."""
    alert = {
        "priority": "Critical",
        "rule": "r",
        "time": "2026-09-01T00:00:00.000000000Z",
        "output_fields": {"evt.time": 1},
    }
    body = {name: value for name, value in {**alert, **members}.items() if value is not None}
    assert (reason in refusal(json.dumps(body).encode())) is True
    assert bool(refusal(json.dumps(body).encode())) is bool(reason)


@pytest.mark.parametrize(("body", "reason"), [(b"", "no JSON"), (b"[]", "no object"), (b"[{}]", "no object")])
def test_the_receiver_wants_an_object(body: bytes, reason: str) -> None:
    """One object a request: a list of alerts is refused as falcosidekick does."""
    assert reason in refusal(body)


def test_falcosidekick_takes_every_alert(alerts: list[Alert], receiver: Falcosidekick) -> None:
    """Every alert of the rules that ship is taken as it is, each once, and those on a resource in their order."""
    _post(alerts, receiver.url)
    assert sorted(receiver.taken) == sorted(alert.to_json() for alert in alerts)
    for key in {alert.key for alert in alerts}:
        mine = [alert.to_json() for alert in alerts if alert.key == key]
        assert [body for body in receiver.taken if body in mine] == mine or len(set(mine)) < len(mine)


@pytest.mark.parametrize("failures", [(503, 503), (429,), (0, 0), (500, 0, 502)])
def test_what_fails_is_tried_again(alerts: list[Alert], receiver: Falcosidekick, failures: tuple[int, ...]) -> None:
    """An alert is delivered once the receiver is well again."""
    receiver.failures += failures
    _post(alerts[:1], receiver.url)
    assert receiver.taken == [alerts[0].to_json()]
    assert len(receiver.requests) == len(failures) + 1


@pytest.mark.parametrize(("said", "waited"), [("7", 7), ("86400", 30)])
def test_a_receiver_says_when_to_come_again(
    alerts: list[Alert], receiver: Falcosidekick, monkeypatch: pytest.MonkeyPatch, said: str, waited: int
) -> None:
    """`Retry-After` is kept to, but for no longer than half a minute."""
    waits: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waits.append, time=time.time))
    receiver.failures, receiver.retry_after = [429, 503], said
    _post(alerts[:1], receiver.url)
    assert receiver.taken == [alerts[0].to_json()]
    assert waits == [waited, waited]


def test_a_receiver_that_stays_ill_fails_the_bundle(alerts: list[Alert], receiver: Falcosidekick) -> None:
    """Nothing is lost in silence: the bundle fails, and the runner takes it again."""
    receiver.failures += [503] * 20
    with pytest.raises(TransportError, match="it answers 503"):
        _post(alerts[:1], receiver.url)
    receiver.close()
    with pytest.raises(TransportError, match="does not take alerts: ConnectionError"):
        _post(alerts[:1], receiver.url)


def test_a_refused_alert_stops_nothing(
    alerts: list[Alert], receiver: Falcosidekick, caplog: pytest.LogCaptureFixture
) -> None:
    """An alert that the receiver does not want is told of by id and rule, and the others are delivered."""
    receiver.failures += [400]
    with caplog.at_level(logging.WARNING):
        _post(alerts[:10], receiver.url)
    (refused,) = [alert for alert in alerts[:10] if alert.to_json() not in receiver.taken]
    assert len(receiver.taken) == 9
    assert caplog.messages == [f"{receiver.url} refused alert {refused.id} of rule {refused.rule!r}: 400"]


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_a_target_that_takes_no_alerts_fails_the_bundle(
    alerts: list[Alert], receiver: Falcosidekick, status: int
) -> None:
    """A wrong path, token or scheme is no refusal of one alert: none is lost."""
    receiver.failures += [status] * 100
    with pytest.raises(TransportError, match=f"it answers {status}"):
        _post(alerts, receiver.url)
    assert len(receiver.requests) <= 2 * 8


def test_every_target_gets_every_alert(alerts: list[Alert], receiver: Falcosidekick) -> None:
    """Each of several targets gets all, each once."""
    other = Falcosidekick()
    _post(alerts[:20], receiver.url, other.url)
    other.close()
    assert sorted(receiver.taken) == sorted(other.taken) == sorted(alert.to_json() for alert in alerts[:20])


def test_no_secret_of_an_url_shows(
    alerts: list[Alert], receiver: Falcosidekick, caplog: pytest.LogCaptureFixture
) -> None:
    """User, password, path and token reach the receiver and neither logs nor errors nor what is printed."""
    url = receiver.url.replace("http://", "http://kit:hunter2@") + "hook/s3cret?token=t0ken"
    receiver.failures += [503, 0, 400]
    with caplog.at_level(logging.DEBUG):
        _post(alerts[:2], url)
        receiver.failures += [500] * 20
        with pytest.raises(TransportError) as caught:
            _post(alerts[:1], url)
    assert {path for path, _ in receiver.requests} == {"/hook/s3cret?token=t0ken"}
    assert all(who and who.startswith("Basic ") for _, who in receiver.requests)
    shown = f"{caught.value}{caught.value!r}{HttpTarget.of(url)!r}{caplog.text}"
    for secret in ("hunter2", "s3cret", "t0ken", "kit"):
        assert secret not in shown
    assert "127.0.0.1" in shown


def test_a_host_that_no_library_takes_fails_the_bundle(alerts: list[Alert]) -> None:
    """What requests passes on of the errors below it is an error of ours too."""
    sink = WriteHttp((HttpTarget("http://a..b/s3cret"),))
    sink.setup()
    sink.start_bundle()
    sink.process(alerts[0])
    with pytest.raises(TransportError, match="does not take alerts: LocationParseError"):
        sink.finish_bundle()


def test_targets_are_those_of_the_worker(
    alerts: list[Alert], receiver: Falcosidekick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that reads its settings there posts to the URLs of the worker's variable; nowhere without one."""
    stored = pickle.dumps(WriteHttp(ReadThere(http_of)))
    for urls in ("", receiver.url):
        monkeypatch.setenv("IAMDRIFT_OUTPUT_HTTP", urls)
        settings_here.cache_clear()
        sink = pickle.loads(stored)
        sink.setup()
        sink.start_bundle()
        sink.process(alerts[0])
        sink.finish_bundle()
        sink.teardown()
        assert receiver.taken == ([alerts[0].to_json()] if urls else [])
    settings_here.cache_clear()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host:2801",
        "ftp://host/",
        "http://",
        "http://[::1",
        "http://u:hunter2@/x",
        "http://u:hunter2@a..b/",
        f"http://u:hunter2@{'a' * 64}/",
    ],
)
def test_what_is_no_url(url: str) -> None:
    """What cannot be posted to is refused at once, and not shown."""
    with pytest.raises(ConfigError, match=r"output.http wants an URL as http://host:2801/") as caught:
        HttpTarget.of(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host:2801/", "http://host:2801/"),
        ("https://host", "https://host/"),
        ("https://user:hunter2@host/hook?x=1", "https://host/****"),
        ("http://[::1]:2801/", "http://[::1]:2801/"),
        ("http://user:12/3hunter@host/", "****"),
    ],
)
def test_what_an_url_shows(url: str, shown: str) -> None:
    """Scheme, host and port, as they are written; of a password nothing, however it is written."""
    assert str(HttpTarget.of(url)) == shown


def test_any_password(receiver: Falcosidekick, alerts: list[Alert]) -> None:
    """A password may have any character, as itself or escaped."""
    _post(alerts[:1], receiver.url.replace("http://", "http://kit:p%40ssЖö@"))
    ((_, who),) = receiver.requests
    assert who
    assert b64decode(who.removeprefix("Basic ")).decode() == "kit:p@ssЖö"
