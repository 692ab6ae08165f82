"""Jobs on the test cluster: topics of their own, submitted as users do, and what they wrote."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from flink_cluster import Flink
from iamdrift.flink.cluster import ENDED
from kafka_broker import Broker

_WAIT_SECONDS = 420
_QUIET_SECONDS = 6
_OUTPUTS = ("drift", "alerts", "dead_letter", "snapshots")


def topics(kafka: Broker) -> dict[str, Any]:
    """Make topics of a job's own; returns the settings that name them."""
    mark = uuid.uuid4().hex[:8]
    return {
        "kafka.bootstrap_servers": kafka.servers,
        "input.topics": kafka.create(f"cloudtrail-{mark}"),
        "input.group": f"group-{mark}",
        **{f"output.{name}_topic": kafka.create(f"{name}-{mark}") for name in _OUTPUTS},
    }


def submit(flink: Flink, settings: dict[str, Any], *flags: str, environment: dict[str, str] | None = None) -> str:
    """Submit a job by the command line; returns its id."""
    here = {"flink.master": flink.master, "flink.worker_pool": flink.worker_pool, "flink.job_server_jar": flink.runner}
    command = [sys.executable, "-m", "iamdrift.cli.main", "run", "--runner", "flink", *flags]
    for name, value in {**here, **settings}.items():
        command += ["--set", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Written:
    """What a job wrote to its topics."""

    def __init__(self, kafka: Broker, settings: dict[str, Any]) -> None:
        self._kafka, self._settings = kafka, settings
        self.input: str = settings["input.topics"]

    def messages(self, output: str) -> list[Any]:
        """Return the messages of an output, as drift."""
        return self._kafka.read(self._settings[f"output.{output}_topic"])

    def drift(self) -> list[bytes]:
        """Return all drift records."""
        return [one.value for one in self.messages("drift")]

    def settled(self) -> dict[str, Any]:
        """Return the drift records by id once corrections are applied; those that were no drift after all are gone."""
        found = {}
        for value in self.drift():
            body = json.loads(value)
            body["flags"] = sorted(set(body["flags"]) - {"late", "correction"})
            found[body["id"]] = body
        return {identity: body for identity, body in found.items() if body["changes"] or body["record"] != "change"}

    def alerts(self) -> dict[str, bytes]:
        """Return the alerts by id."""
        return {dict(one.headers)["id"].decode(): one.value for one in self.messages("alerts")}

    def dead(self) -> set[bytes]:
        """Return the dead letters."""
        return {one.value for one in self.messages("dead_letter")}

    def snapshots(self) -> dict[bytes, bytes]:
        """Return the last snapshot of every resource."""
        latest = {one.key: one.value for one in self.messages("snapshots")}
        return {key: value for key, value in latest.items() if value is not None and key.startswith(b"iam:")}

    def committed(self) -> int:
        """Sum the offsets that the job's group has committed."""
        return self._kafka.committed(self._settings["input.group"], self.input)


def wait(flink: Flink, job: str, until: Callable[[], object]) -> None:
    """Wait until something is true of a job that runs; fails when it ends before."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not until():
        state = flink.cluster.state(job)
        assert state not in ENDED, f"the job is {state}: {flink.cluster.failure(job)}"
        assert time.monotonic() < deadline, f"nothing in time; last failure: {flink.cluster.failure(job)}"
        time.sleep(0.5)


def wait_until_all_is_read(flink: Flink, job: str, kafka: Broker, settings: dict[str, Any]) -> None:
    """Wait until a job has committed all of its input, and then until what it writes is written.

    Quiet alone is not enough, for a job that is started again is quiet too: a checkpoint must begin and be completed in
    it, before which all that is on its way is written.
    """
    written, topic = Written(kafka, settings), settings["input.topics"]
    wait(flink, job, lambda: 0 < kafka.length(topic) == written.committed())
    seen = time.monotonic(), time.time(), (-1, -1)

    def quiet() -> bool:
        nonlocal seen
        count = sum(kafka.length(settings[f"output.{name}_topic"]) for name in _OUTPUTS), flink.restarts(job)
        if count != seen[2]:
            seen = time.monotonic(), time.time(), count
        return time.monotonic() - seen[0] > _QUIET_SECONDS and flink.last_checkpoint(job) > seen[1]

    wait(flink, job, quiet)


def cancel(flink: Flink, job: str) -> None:
    """End a job and wait until it is gone."""
    flink.cluster.cancel(job)
    deadline = time.monotonic() + 60
    while flink.cluster.state(job) not in ENDED and time.monotonic() < deadline:
        time.sleep(0.3)
