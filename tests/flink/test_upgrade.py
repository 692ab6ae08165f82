"""A job on Flink that is replaced by its next version: by savepoint, or by the snapshots topic where that cannot be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import iamdrift
from flink.story import story
from flink_jobs import Written, cancel, submit, topics, wait_until_all_is_read
from iamdrift.config import load_settings
from iamdrift.options import job_of
from iamdrift.runner import run_local

pytestmark = pytest.mark.flink
_CALLS = 700
_PACKAGE = Path(iamdrift.__file__).parent
_ROOT = _PACKAGE.parents[1]
_RULE = """
- rule: every_change
  desc: fires on all, to be recognised
  condition: evt.name exists
  output: change of %resource
  priority: notice
"""


@pytest.fixture(scope="module")
def peace(kafka: Any) -> tuple[list[tuple[int, bytes]], Written]:
    """Run a story on this machine, in one go."""
    messages, settings = story(_CALLS, seed=5), topics(kafka)
    kafka.produce(settings["input.topics"], messages)
    run_local(job_of(load_settings(None, {}, settings), until_end=True))
    return messages, Written(kafka, settings)


def next_version(folder: Path) -> Path:
    """Write the package as it could be next: snapshots have one field more, the graph one step more at its end."""
    package = folder / "iamdrift"
    shutil.copytree(_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for data in ("rules", "schemas"):
        shutil.copytree(_ROOT / data, package / data)
    schemas = package / "schemas"
    union = json.loads((schemas / "state.avsc").read_text())
    (schemas / "state_1.avsc").write_text(json.dumps(union))
    union[1]["fields"].append({"name": "note", "type": "string", "default": "none"})
    (schemas / "state.avsc").write_text(json.dumps(union))
    _replace(package / "iam" / "state.py", '("state.avsc",)', '("state.avsc", "state_1.avsc")')
    _replace(package / "graph.py", "    write_snapshots(", '    alerts | "next" >> beam.Map(str)\n    write_snapshots(')
    return folder


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def test_savepoint_carries_over_to_the_next_version(
    kafka: Any, flink: Any, peace: tuple[list[tuple[int, bytes]], Written], tmp_path: Path
) -> None:
    """State written by one version is read by the next, which has a newer schema, other rules and a step more."""
    messages, here = peace
    half = len(messages) // 2
    settings = {**topics(kafka), "output.parquet": ""}
    topic = settings["input.topics"]
    kafka.produce(topic, messages[:half])
    job = submit(flink, settings, "--flink-option", "checkpointing_interval=2000")
    wait_until_all_is_read(flink, job, kafka, settings)
    command = [sys.executable, "-m", "iamdrift.cli.main", "flink", "stop", job, "--savepoint", str(tmp_path / "saved")]
    stopped = subprocess.run(
        [*command, "--set", f"flink.master={flink.master}"], capture_output=True, text=True, check=True
    )
    savepoint = stopped.stdout.strip()

    rules = tmp_path / "more.yaml"
    rules.write_text(_RULE)
    environment = {"PYTHONPATH": str(next_version(tmp_path / "next"))}
    flink.replace_task_manager(environment)
    changed = {**settings, "rules.files": rules, "output.parquet": tmp_path / "parquet"}
    kafka.produce(topic, messages[half:])
    flags = ("--savepoint", savepoint, "--flink-option", "checkpointing_interval=2000")
    job = submit(flink, changed, *flags, environment={**os.environ, **environment})
    wait_until_all_is_read(flink, job, kafka, settings)
    cancel(flink, job)
    flink.replace_task_manager()
    there = Written(kafka, settings)
    assert len(there.dead()) == len(here.dead())
    assert there.snapshots() == here.snapshots()
    assert there.settled() == here.settled()
    assert sorted(there.drift()) == sorted(here.drift())
    assert here.alerts().items() <= there.alerts().items()
    added = [one for one in there.alerts().values() if b'"rule":"every_change"' in one]
    assert 0 < len(added) < len(there.drift())
    assert list((tmp_path / "parquet" / "drift").rglob("*.parquet"))


def test_snapshots_carry_over_where_savepoints_do_not(
    kafka: Any, flink: Any, peace: tuple[list[tuple[int, bytes]], Written]
) -> None:
    """A job that starts from the snapshots topic and the committed offsets knows and tells what one job would have."""
    messages, here = peace
    half, settings = len(messages) // 2, topics(kafka)
    kafka.produce(settings["input.topics"], messages[:half])
    job = submit(flink, settings, "--flink-option", "checkpointing_interval=2000")
    wait_until_all_is_read(flink, job, kafka, settings)
    cancel(flink, job)
    kafka.produce(settings["input.topics"], messages[half:])
    job = submit(flink, settings, "--bootstrap-from-snapshots", "--flink-option", "checkpointing_interval=2000")
    wait_until_all_is_read(flink, job, kafka, settings)
    cancel(flink, job)
    there = Written(kafka, settings)
    assert there.snapshots() == here.snapshots()
    assert there.settled() == here.settled()
    assert set(here.drift()) <= set(there.drift())
