"""The whole job on a real Apache Kafka."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
import zlib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from falcosidekick import Falcosidekick
from generated import delivered, history, record, resource_of
from iamdrift.config import Settings, load_settings
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.errors import ConfigError, TransportError
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.options import job_of
from iamdrift.rule_files import rule_files
from iamdrift.runner import run_local
from kafka_broker import PASSWORD, USER

pytestmark = pytest.mark.kafka
_WAIT_SECONDS = 90


@pytest.fixture
def topics(kafka: Any) -> dict[str, str]:
    """Make topics of a test's own."""
    mark = uuid.uuid4().hex[:8]
    names = {
        "input": f"cloudtrail-{mark}",
        "drift": f"drift-{mark}",
        "alerts": f"alerts-{mark}",
        "dead": f"dead-{mark}",
    }
    for name in names.values():
        kafka.create(name)
    return names


def _settings(kafka: Any, topics: dict[str, str], **more: Any) -> Settings:
    return load_settings(
        None,
        {},
        {
            "kafka.bootstrap_servers": [kafka.servers],
            "input.topics": [topics["input"]],
            "input.group": topics["input"],
            "output.drift_topic": topics["drift"],
            "output.alerts_topic": topics["alerts"],
            "output.dead_letter_topic": topics["dead"],
            **more,
        },
    )


def _start(kafka: Any, topics: dict[str, str], *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "iamdrift.cli.main", "run", "--bootstrap-servers", kafka.servers]
    command += ["--topic", topics["input"], "--group", topics["input"], "--drift-topic", topics["drift"]]
    command += ["--alerts-topic", topics["alerts"], "--dead-letter-topic", topics["dead"], *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def _partitioned(records: list[dict[str, Any]]) -> list[tuple[int, bytes | None]]:
    return [(zlib.crc32(resource_of(one).encode()) % 4, json.dumps(one).encode()) for one in records]


def _expected(values: list[tuple[int, bytes | None]]) -> tuple[list[bytes], dict[str, bytes]]:
    """Say what the pure core makes of the messages: drift as JSON, sorted, corrections too, and alerts by id."""
    core = Core(RuleSet.of(rule_files((), bundled=True)))
    drift, alerts = [], {}
    for partition in range(4):
        for result in core.take_all([value for number, value in values if number == partition]):
            if isinstance(result, Drift):
                drift.append(drift_json(result))
            elif isinstance(result, Alert):
                alerts[result.id] = result.to_json()
    return sorted(drift), alerts


def _values(records: list[Any]) -> list[bytes]:
    return sorted(one.value for one in records)


def _by_id(records: list[Any]) -> dict[str, bytes]:
    return {dict(one.headers)["id"].decode(): one.value for one in records}


def _wait(until: Any, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not until():
        if process.poll() is not None:
            pytest.fail(f"the job ended early: {process.stderr.read().decode() if process.stderr else ''}")
        assert time.monotonic() < deadline, "the job gave nothing in time"
        time.sleep(0.3)


def test_topics_and_parquet_hold_what_the_core_says(kafka: Any, topics: dict[str, str], tmp_path: Path) -> None:
    """5,000 records over four partitions, out of order and partly twice, come out as the pure core makes them."""
    values = _partitioned(delivered(history(5000)))
    values.insert(100, (0, b"not JSON"))
    values.insert(200, (1, None))
    kafka.produce(topics["input"], values)
    drift, alerts = _expected(values)
    assert len(drift) > 4000
    assert len(alerts) > 500

    counts = run_local(job_of(_settings(kafka, topics, **{"output.parquet": str(tmp_path)}), until_end=True))

    written = kafka.read(topics["drift"])
    assert _values(written) == drift
    lines = [json.loads(line) for line in drift]
    assert any("correction" in line["flags"] for line in lines)
    assert all(one.key.decode() == json.loads(one.value)["target"]["key"] for one in written)
    assert _by_id(kafka.read(topics["alerts"])) == alerts
    (dead,) = kafka.read(topics["dead"])
    assert json.loads(dead.value)["payload"] == "not JSON"
    skipped = sum(count for name, count in counts.items() if name.startswith("skipped_"))
    assert counts["records"] == len(values) == counts["events"] + skipped + counts["dead_letters"]
    assert counts["duplicates"] == 500
    rows = duckdb.sql(
        f"select id, event, target.key, changes, flags, account, dt from '{tmp_path}/drift/**/*.parquet'"
    ).fetchall()
    stored = [(identity, event, key, json.loads(changes), flags) for identity, event, key, changes, flags, *_ in rows]
    told = [(line["id"], line["event"], line["target"]["key"], line["changes"], line["flags"]) for line in lines]
    assert sorted(stored, key=repr) == sorted(told, key=repr)
    assert {(str(account), str(day)[:10]) for *_, account, day in rows} == {("123456789012", "2026-09-01")}
    ((found,),) = duckdb.sql(f"select count(distinct id) from '{tmp_path}/alerts/**/*.parquet'").fetchall()
    assert found == len(alerts)


def test_rules_on_plain_records_run_beside_those_on_drift(kafka: Any, topics: dict[str, str], tmp_path: Path) -> None:
    """Rules as people keep them for CloudTrail see every record of any service; what none of them wants is skipped.

    Their alerts go to the topic, to Parquet and to a receiver, beside those on drift.
    """
    s3 = {"eventSource": "s3.amazonaws.com", "recipientAccountId": "210987654321"}
    calls = [("DeleteBucketEncryption", s3), ("PutObject", s3), ("CreateUser", {}), ("ListUsers", {"readOnly": True})]
    records = [record(n, name, {"userName": f"u{n}", "bucketName": "b"}) | more for n, (name, more) in enumerate(calls)]
    kafka.produce(topics["input"], [(0, json.dumps(one).encode()) for one in records])
    receiver = Falcosidekick()
    settings = {
        "rules.files": [str(Path(__file__).parents[1] / "falco" / "cloudtrail_rules.yaml")],
        "output.http": [receiver.url],
        "output.parquet": str(tmp_path),
    }
    counts = run_local(job_of(_settings(kafka, topics, **settings), until_end=True))
    receiver.close()

    written = kafka.read(topics["alerts"])
    told = {(line["source"], line["rule"]) for line in (json.loads(one.value) for one in written)}
    assert told == {
        ("aws_cloudtrail", "Bucket encryption removed"),
        ("aws_cloudtrail", "User made"),
        ("iam_drift", "iam_user_created"),
    }
    assert sorted(receiver.taken) == _values(written)
    assert {one.key.decode() for one in written} == {"210987654321", "123456789012", "iam:aws:123456789012:user/u2"}
    assert (counts["records"], counts["events"], counts["alerts"]) == (4, 2, 3)
    assert counts["skipped_other-service"] == counts["skipped_read-only"] == 1
    rows = duckdb.sql(f"select source, rule, account from '{tmp_path}/alerts/**/*.parquet'").fetchall()
    assert {(source, rule) for source, rule, _ in rows} == told
    assert {str(account) for *_, account in rows} == {"210987654321", "123456789012"}


def test_sigterm_writes_and_commits_what_was_read(kafka: Any, topics: dict[str, str]) -> None:
    """A service told to stop ends with status 0, all written and committed; the next run adds nothing."""
    values = _partitioned(history(300))
    kafka.produce(topics["input"], values)
    process = _start(kafka, topics)
    drift, _ = _expected(values)
    _wait(lambda: len(kafka.read(topics["drift"])) >= len(drift), process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors.decode()
    assert kafka.committed(topics["input"], topics["input"]) == len(values)
    counts = run_local(job_of(_settings(kafka, topics), until_end=True))
    assert counts.get("records", 0) == 0
    assert _values(kafka.read(topics["drift"])) == drift


def test_kill_and_restart_lose_no_alert(kafka: Any, topics: dict[str, str]) -> None:
    """After kill -9 the next run goes on from the committed offsets: alerts may repeat, none is missing."""
    values = _partitioned(history(20_000))
    kafka.produce(topics["input"], values)
    process = _start(kafka, topics)
    _wait(lambda: len(kafka.read(topics["drift"])) > 500, process)
    process.kill()
    process.communicate()
    assert kafka.committed(topics["input"], topics["input"]) < len(values), "the kill came too late to prove anything"
    run_local(job_of(_settings(kafka, topics), until_end=True))
    _, alerts = _expected(values)
    written = kafka.read(topics["alerts"])
    trust_changes = {one for one in alerts if b"iam_role_trust_policy_modified" in alerts[one]}
    assert trust_changes <= set(_by_id(written))
    assert kafka.committed(topics["input"], topics["input"]) == len(values)


def test_a_reader_of_parquet_never_fails_while_the_job_writes(
    kafka: Any, topics: dict[str, str], tmp_path: Path
) -> None:
    """DuckDB reads the folder over and over while the job writes: rows only grow, no file is ever torn."""
    values = _partitioned(history(4000))
    process = _start(kafka, topics, "--parquet", str(tmp_path))
    query = f"select count(*), sum(length(changes)) from '{tmp_path}/drift/**/*.parquet'"
    counts = [0]
    expected = len(_expected(values)[0])

    def all_read() -> bool:
        if any((tmp_path / "drift").glob("dt=*/*/*.parquet")):
            ((rows, _),) = duckdb.sql(query).fetchall()
            assert rows >= counts[-1]
            counts.append(rows)
        return counts[-1] >= expected

    try:
        kafka.produce(topics["input"], values[:100])
        _wait(lambda: all_read() or counts[-1], process)
        for begin in range(100, len(values), 150):
            kafka.produce(topics["input"], values[begin : begin + 150])
            all_read()
        _wait(all_read, process)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    assert counts[-1] == expected
    assert len(set(counts)) > 5, "the folder was not read while it grew"


def test_a_cluster_behind_tls_and_a_password(kafka: Any, topics: dict[str, str]) -> None:
    """Over SASL and TLS the job reads, writes and commits; a wrong password is one line that does not show it."""
    values = _partitioned(history(50))
    kafka.produce(topics["input"], values)
    secure = {
        "kafka.bootstrap_servers": [kafka.secure_servers],
        "kafka.security_protocol": "SASL_SSL",
        "kafka.ssl_cafile": str(kafka.certificate),
        "kafka.sasl_mechanism": "PLAIN",
        "kafka.sasl_username": USER,
        "kafka.sasl_password": PASSWORD,
    }
    run_local(job_of(_settings(kafka, topics, **secure), until_end=True))
    assert _values(kafka.read(topics["drift"])) == _expected(values)[0]
    assert kafka.committed(topics["input"], topics["input"]) == len(values)
    # The broker says why and hangs up; a client on a slow machine may see only the second.
    why = r"no Kafka at .* over SASL_SSL: .*(username or password|socket disconnected)"
    with pytest.raises(TransportError, match=why) as raised:
        job_of(_settings(kafka, topics, **{**secure, "kafka.sasl_password": "wrong-secret"}))
    assert "secret" not in str(raised.value)


def test_partitions_added_later_are_read(kafka: Any, topics: dict[str, str]) -> None:
    """A topic that gains a partition while the job runs is read there too, from its first record."""
    records = history(20)
    kafka.produce(topics["input"], [(0, json.dumps(records[0]).encode())])
    process = _start(kafka, topics)
    try:
        _wait(lambda: len(kafka.read(topics["drift"])) >= 1, process)
        kafka.grow(topics["input"], 5)
        kafka.produce(topics["input"], [(4, json.dumps(records[1]).encode())])
        _wait(lambda: len(kafka.read(topics["drift"])) >= 2, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("start", "expected"), [("earliest", 10), ("latest", 0), ("2020-01-01T00:00:00Z", 10), ("2100-01-01T00:00:00Z", 0)]
)
def test_start(kafka: Any, topics: dict[str, str], start: str, expected: int) -> None:
    """A job starts where it is told to."""
    kafka.produce(topics["input"], _partitioned(history(10)))
    counts = run_local(job_of(_settings(kafka, topics, **{"input.start": start}), until_end=True))
    assert counts.get("records", 0) == expected


def test_missing_topics_are_named(kafka: Any, topics: dict[str, str]) -> None:
    """A topic that does not exist is an error that names it and says what to do."""
    with pytest.raises(ConfigError, match=r"nowhere.*topics create"):
        job_of(_settings(kafka, topics, **{"output.drift_topic": "nowhere"}))


def test_no_broker_is_one_line(topics: dict[str, str]) -> None:
    """A cluster that does not answer is an error that names it."""
    settings = load_settings(None, {}, {"kafka.bootstrap_servers": ["127.0.0.1:1"]})
    with pytest.raises(TransportError, match=r"no Kafka at 127.0.0.1:1"):
        job_of(settings)
