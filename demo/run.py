"""`make demo`: a broker, a story in Kafka, the job on it, and where to look afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from story import messages

_OUT = Path("out/demo")
_TOPICS = ("iam.drift", "iam.alerts", "iam.dead-letters")


def main() -> int:
    """Run the demo; returns the exit status of the job."""
    shutil.rmtree(_OUT, ignore_errors=True)
    _OUT.mkdir(parents=True)
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, str(here / "broker.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as broker:
        assert broker.stdout is not None
        servers = broker.stdout.readline().strip()
        print(
            f"An embedded Kafka is on {servers}; {len(messages())} messages of CloudTrail go into it.\n",
            flush=True,
        )
        _produce(servers)
        status = _run(servers)
        for topic in _TOPICS:
            (_OUT / f"{topic}.jsonl").write_bytes(b"".join(line + b"\n" for line in _read(servers, topic)))
        broker.communicate()
    print(f"""
What is left in {_OUT}/:
  iam.drift.jsonl         what changed, before and after   (topic iam.drift)
  iam.alerts.jsonl        alerts as Falco writes them      (topic iam.alerts)
  iam.dead-letters.jsonl  what could not be read, and why  (topic iam.dead-letters)
  parquet/                drift and alerts, by day and account

Try next:
  .venv/bin/iamdrift replay FILE…            your own CloudTrail files through the same pipeline
  .venv/bin/iamdrift explain RECORD.json     what one record would do
  .venv/bin/iamdrift run --help              point it at your own Kafka""")
    return status


def _produce(servers: str) -> None:
    producer = Producer({"bootstrap.servers": servers})
    for message in messages():
        producer.produce("cloudtrail", message, partition=0)
    for topic in _TOPICS:
        producer.list_topics(topic, timeout=10)  # the mock cluster makes a topic when it is asked about it
    producer.flush(10)


def _run(servers: str) -> int:
    command = [str(Path(sys.executable).parent / "iamdrift"), "run", "--until-end", "--format", "text"]
    command += ["--bootstrap-servers", servers, "--parquet", str(_OUT / "parquet")]
    # The mock cluster speaks an older protocol and has to be told apart by hand.
    environment = {**os.environ, "IAMDRIFT_KAFKA_API_VERSION": "2.1"}
    return subprocess.run(command, env=environment, check=False).returncode


def _read(servers: str, topic: str) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "demo", "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    found, ended = [], 0
    while ended < len(partitions):
        message = consumer.poll(10)
        if message is None:
            break
        if message.error():
            ended += 1
        else:
            found.append(message.value())
    consumer.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
