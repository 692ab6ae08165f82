"""A job on a real Flink cluster that is hurt in every way: nothing is missing, and what is known is exact."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flink.story import story
from flink_jobs import Written, cancel, submit, topics, wait, wait_until_all_is_read
from iamdrift.config import load_settings
from iamdrift.options import job_of
from iamdrift.runner import run_local

pytestmark = pytest.mark.flink
_CALLS = 1_500


def test_killed_and_nothing_is_missing(kafka: Any, flink: Any, tmp_path: Path) -> None:
    """TaskManager and worker killed -9 twice each, the broker restarted: as if nothing had happened.

    No drift record and no alert is missing, what came twice has the same id and bytes, the last snapshots are exact.
    Parquet has no torn file, the same records once they are read by id, and what killed workers leave is removed.
    """
    messages = story(_CALLS, seed=77)
    peace = topics(kafka)
    kafka.produce(peace["input.topics"], messages)
    run_local(job_of(load_settings(None, {}, peace), until_end=True))
    settings = {
        **topics(kafka),
        "input.topics": kafka.create(f"{peace['input.topics']}-hurt"),
        "output.parquet": tmp_path,
    }
    options = ("--flink-option", "checkpointing_interval=2000", "--parallelism", "2")
    job = submit(flink, settings, *options)
    there, here, topic = Written(kafka, settings), Written(kafka, peace), settings["input.topics"]
    hurt = (flink.kill_worker, flink.replace_task_manager, flink.kill_worker, flink.replace_task_manager, kafka.restart)
    part = len(messages) // (len(hurt) + 1)
    leftover = tmp_path / "drift" / "_tmp" / "part-of-a-killed-worker.parquet.tmp"
    for number, harm in enumerate(hurt):
        kafka.produce(topic, messages[number * part : (number + 1) * part])
        before = kafka.length(settings["output.drift_topic"])
        wait(flink, job, lambda: kafka.length(settings["output.drift_topic"]) > before)  # noqa: B023
        leftover.touch()
        os.utime(leftover, (0, 0))
        harm()
    kafka.produce(topic, messages[len(hurt) * part :])
    wait_until_all_is_read(flink, job, kafka, settings)
    assert flink.restarts(job) >= 4
    cancel(flink, job)

    assert there.snapshots() == here.snapshots()
    assert there.settled() == here.settled()
    assert set(here.drift()) <= set(there.drift())
    assert here.alerts().items() <= there.alerts().items()
    ids = Counter(json.loads(value)["id"] for value in there.drift())
    assert set(ids) >= {json.loads(value)["id"] for value in here.drift()}
    rows = duckdb.sql(f"select distinct id from '{tmp_path}/drift/**/*.parquet'").fetchall()
    assert {row[0] for row in rows} == set(ids)
    assert not leftover.exists()
