"""The same story on this machine and on a real Flink cluster gives the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flink.story import story
from flink_jobs import Written, cancel, submit, topics, wait_until_all_is_read
from iamdrift.config import load_settings
from iamdrift.options import job_of
from iamdrift.runner import run_local

pytestmark = pytest.mark.flink
_CALLS = 3_800
_RULES = {"rules.files": str(Path(__file__).parents[1] / "falco" / "cloudtrail_rules.yaml")}


@pytest.fixture(scope="module")
def messages() -> list[tuple[int, bytes]]:
    """Make the story."""
    found = story(_CALLS)
    assert len(found) >= 20_000
    return found


@pytest.fixture(scope="module")
def here(kafka: Any, messages: list[tuple[int, bytes]]) -> Written:
    """Run the story on this machine."""
    settings = {**topics(kafka), **_RULES}
    kafka.produce(settings["input.topics"], messages)
    run_local(job_of(load_settings(None, {}, settings), until_end=True))
    written = Written(kafka, settings)
    for found in (written.drift(), written.alerts(), written.dead(), written.snapshots()):
        assert len(found) > 50
    assert {json.loads(alert)["source"] for alert in written.alerts().values()} == {"iam_drift", "aws_cloudtrail"}
    return written


@pytest.mark.parametrize("parallelism", [1, 2])
def test_same_answers(kafka: Any, flink: Any, here: Written, parallelism: int) -> None:
    """Drift records, alerts of both sources, dead letters and last snapshots are the same, to the byte.

    An account is in one partition, and its events take one way to each resource: in one order however many workers.
    """
    settings = {**topics(kafka), **_RULES, "input.topics": here.input}
    job = submit(flink, settings, "--parallelism", str(parallelism), "--flink-option", "checkpointing_interval=2000")
    wait_until_all_is_read(flink, job, kafka, settings)
    restarts = flink.restarts(job)
    cancel(flink, job)
    there = Written(kafka, settings)
    assert there.dead() == here.dead()
    assert there.snapshots() == here.snapshots()
    assert there.alerts() == here.alerts()
    assert set(there.drift()) == set(here.drift())
    # A machine too busy for Flink's heartbeats makes it start the job again; only then may anything come twice.
    assert restarts or sorted(there.drift()) == sorted(here.drift())
