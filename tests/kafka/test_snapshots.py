"""The snapshots topic on a real Apache Kafka: a job that was killed, or moved, goes on with the state it had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest

from histories import history
from iamdrift.config import load_settings
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.drift.snapshot_json import snapshot_json
from iamdrift.errors import ConfigError
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.options import job_of
from iamdrift.runner import run_local
from programs import ACCOUNT

pytestmark = pytest.mark.kafka
_WAIT_SECONDS = 90
_ACCOUNTS = ("111111111111", "222222222222", "333333333333", "444444444444")


def _messages(length: int) -> list[tuple[int, bytes]]:
    """Return histories out of order, partly twice and with renames, an account a partition."""
    found = []
    for number, account in enumerate(_ACCOUNTS):
        delivered = history(seed=10 + number, length=length, gap=30)[1]
        found += [
            (place, number, message.replace(ACCOUNT.encode(), account.encode()))
            for place, message in enumerate(delivered)
        ]
    return [(number, message) for _, number, message in sorted(found, key=lambda one: one[:2])]


def _expected(values: list[tuple[int, bytes]]) -> tuple[set[bytes], dict[bytes, bytes]]:
    """Say what the pure core makes of the messages: drift records, and the last snapshots by key."""
    drift, known = set(), {}
    for partition in range(len(_ACCOUNTS)):
        core = Core(RuleSet.of(()))
        told = core.take_all([value for number, value in values if number == partition])
        drift |= {drift_json(one) for one in told if isinstance(one, Drift)}
        known |= {str(key).encode(): snapshot_json(key, snapshot) for key, snapshot in core.snapshots().items()}
    return drift, known


def _snapshots(kafka: Any, topic: str) -> dict[bytes, bytes]:
    latest = {one.key: one.value for one in kafka.read(topic)}
    return {key: value for key, value in latest.items() if value is not None and key.startswith(b"iam:")}


class _Service:
    """A job as a process of its own."""

    def __init__(self, settings: dict[str, Any], *more: str) -> None:
        command = [sys.executable, "-m", "iamdrift.cli.main", "run", *more]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, env=dict(os.environ))

    def wait(self, until: Any) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not until():
            if self._process.poll() is not None:
                pytest.fail(f"the job ended early: {self._process.communicate()[1].decode()}")
            assert time.monotonic() < deadline, "the job gave nothing in time"
            time.sleep(0.1)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def names(kafka: Any) -> dict[str, Any]:
    """Make topics of a test's own; returns the settings of a job on them."""
    mark = uuid.uuid4().hex[:8]
    topics = {
        f"output.{name}_topic": kafka.create(f"{name}-{mark}")
        for name in ("drift", "alerts", "dead_letter", "snapshots")
    }
    return {
        "kafka.bootstrap_servers": kafka.servers,
        "input.topics": kafka.create(f"cloudtrail-{mark}"),
        "input.group": mark,
        "rules.bundled": "false",
        **topics,
    }


def test_killed_twice_and_nothing_is_missing(kafka: Any, names: dict[str, Any]) -> None:
    """After two kill -9 the snapshots are those of a job left in peace, and no drift record of that is missing."""
    values = _messages(600)
    drift, known = _expected(values)
    topic, third = names["input.topics"], len(values) // 3
    written = lambda: len(kafka.read(names["output.drift_topic"]))  # noqa: E731
    service = _Service(names)
    kafka.produce(topic, values[:third])
    service.wait(lambda: kafka.committed(names["input.group"], topic) == third)
    kafka.produce(topic, values[third : 2 * third])
    before = written()
    service.wait(lambda: written() > before)
    service.kill()
    assert _snapshots(kafka, names["output.snapshots_topic"])
    service = _Service(names, "--bootstrap-from-snapshots")
    kafka.produce(topic, values[2 * third :])
    before = written()
    service.wait(lambda: written() > before)
    service.kill()
    settings = load_settings(None, {}, {**names, "input.bootstrap_from_snapshots": True})
    run_local(job_of(settings, until_end=True))
    assert _snapshots(kafka, names["output.snapshots_topic"]) == known
    assert drift - {one.value for one in kafka.read(names["output.drift_topic"])} == set()


def test_a_moved_job_knows_what_the_old_one_knew(kafka: Any, names: dict[str, Any]) -> None:
    """A job on another group and topic starts from the snapshots; who was renamed before is known by both names."""
    values = _messages(120)
    half = len(values) // 2
    kafka.produce(names["input.topics"], values[:half])
    run_local(job_of(load_settings(None, {}, names), until_end=True))
    moved = {**names, "input.topics": kafka.create(f"moved-{names['input.group']}"), "input.group": "moved"}
    kafka.produce(moved["input.topics"], values[half:])
    settings = load_settings(None, {}, {**moved, "input.bootstrap_from_snapshots": True})
    run_local(job_of(settings, until_end=True))
    drift, known = _expected(values)
    assert _snapshots(kafka, names["output.snapshots_topic"]) == known
    assert {one.value for one in kafka.read(names["output.drift_topic"])} == drift
    shown = [json.loads(one.value) for one in kafka.read(names["output.snapshots_topic"]) if one.key[:6] == b"names:"]
    assert any("user/" in name for one in shown for name in one["names"])


def test_to_start_from_snapshots_a_topic_must_be_named(kafka: Any, names: dict[str, Any]) -> None:
    """Asked to start from snapshots without a topic of them, the job says what is missing."""
    settings = {**names, "output.snapshots_topic": "", "input.bootstrap_from_snapshots": True}
    with pytest.raises(ConfigError, match=r"needs output\.snapshots_topic"):
        job_of(load_settings(None, {}, settings))
