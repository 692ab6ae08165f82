"""A job as a jar, run by Flink's own command line, with settings that only its workers know."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flink_cluster import Flink
from flink_jobs import Written, cancel, topics, wait
from generated import record

pytestmark = pytest.mark.flink
_SECRET = "not-in-the-jar"


def test_jar_runs_anywhere(kafka: Any, tmp_path: Path) -> None:
    """The jar holds nothing of the place it was built in; workers read file and environment beside them.

    Records come in one partition only, in small numbers and with pauses: the others hold nothing back.
    """
    settings = topics(kafka)
    file = tmp_path / "iamdrift.toml"
    file.write_text(
        f"""
[input]
topics = ["{settings["input.topics"]}"]
group = "{settings["input.group"]}"
[output]
drift_topic = "{settings["output.drift_topic"]}"
alerts_topic = ""
dead_letter_topic = ""
"""
    )
    (tmp_path / "flink").mkdir()
    workers = {"IAMDRIFT_CONFIG": str(file), "IAMDRIFT_KAFKA_BOOTSTRAP_SERVERS": kafka.servers}
    flink = Flink(tmp_path / "flink", environment=workers)
    jar = tmp_path / "job.jar"
    command = [sys.executable, "-m", "iamdrift.cli.main", "flink", "jar", "--output", str(jar)]
    given = {
        "flink.job_server_jar": flink.runner,
        "flink.worker_pool": flink.worker_pool,
        "flink.options": "checkpointing_interval=1000",
        "kafka.bootstrap_servers": "kafka.example:9092",
        "kafka.sasl_password": _SECRET,
    }
    for name, value in given.items():
        command += ["--set", f"{name}={value}"]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(jar) as content:
        graph = content.read("BEAM-PIPELINE/iamdrift/pipeline.json")
        options = json.loads(content.read("BEAM-PIPELINE/iamdrift/pipeline-options.json"))
    assert _SECRET.encode() not in graph
    assert options["beam:option:finish_bundle_before_checkpointing:v1"] is True
    printed = flink.command("run", "--detached", "-m", flink.master, str(jar))
    job = printed.split("JobID ")[1].split()[0]
    written = Written(kafka, settings)
    for number in range(3):
        one = record(1000 * number, "CreateRole", {"roleName": f"r{number}", "assumeRolePolicyDocument": "{}"})
        kafka.produce(settings["input.topics"], [(2, json.dumps(one).encode())])
        wait(flink, job, lambda: len(written.drift()) == number + 1)  # noqa: B023
    wait(flink, job, lambda: written.committed() == 3)
    cancel(flink, job)
    flink.close()
