"""`make flink-demo`: the same job on a real Flink cluster, started from nothing and stopped again."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path

# Clients complain while the services start; what goes wrong is raised.
logging.disable(logging.ERROR)
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from story import messages

from flink_cluster import Flink, versions
from kafka_broker import Broker

_OUT = Path("out/flink-demo").resolve()
_TOPICS = ("iam.drift", "iam.alerts", "iam.dead-letters", "iam.snapshots")
_WAIT_SECONDS = 180
_QUIET_SECONDS = 8


def main() -> None:
    """Run the demo."""
    shutil.rmtree(_OUT, ignore_errors=True)
    for part in ("kafka", "flink"):
        (_OUT / part).mkdir(parents=True)
    print("Fetching Kafka and Flink, the first time only, and starting them …", flush=True)
    kafka = Broker(_OUT / "kafka")
    flink = Flink(_OUT / "flink")
    for topic in ("cloudtrail", *_TOPICS):
        kafka.create(topic)
    known = versions()
    print(f"Kafka is on {kafka.servers}; Flink {known['flink.version']} on http://{flink.master}.", flush=True)
    command = [str(Path(sys.executable).parent / "iamdrift"), "run", "--runner", "flink"]
    command += ["--flink-master", flink.master, "--bootstrap-servers", kafka.servers, "--parallelism", "2"]
    command += ["--snapshots-topic", "iam.snapshots", "--parquet", str(_OUT / "parquet")]
    command += ["--set", f"flink.worker_pool={flink.worker_pool}", "--set", f"flink.job_server_jar={flink.runner}"]
    command += ["--flink-option", "checkpointing_interval=2000"]
    job = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    print(f"Job {job} runs there by itself. {len(messages())} messages of CloudTrail follow.\n")
    kafka.produce("cloudtrail", [(0, message) for message in messages()])
    _show_alerts(kafka)
    for topic in _TOPICS:
        values = [one.value for one in kafka.read(topic) if one.value is not None]
        (_OUT / f"{topic}.jsonl").write_bytes(b"".join(value + b"\n" for value in values))
    saved = flink.cluster.stop(job, str(_OUT / "savepoints"))
    flink.close()
    kafka.close()
    print(f"""
The job is stopped with a savepoint, from which its next version goes on: {saved.removeprefix("file:")}
What it wrote is in {_OUT}: one .jsonl a topic, and parquet/.

Try next: docs/operations.md, which sizes, deploys, upgrades and rebuilds such a job.""")


def _show_alerts(kafka: Broker) -> None:
    shown, changed, deadline = 0, time.monotonic(), time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline and (shown == 0 or time.monotonic() - changed < _QUIET_SECONDS):
        for one in kafka.read("iam.alerts")[shown:]:
            alert = json.loads(one.value)
            print(f"  {alert['output']}", flush=True)
            shown, changed = shown + 1, time.monotonic()
        time.sleep(1)
    if not shown:
        raise SystemExit(f"no alert came in {_WAIT_SECONDS} seconds; see the logs in {_OUT}/flink")


if __name__ == "__main__":
    main()
