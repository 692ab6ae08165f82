"""How fast the job is on a real Flink cluster, and how late: a table of settings, all in one run.

    python bench/flink.py [--count N] [--keys N] [--only TEXT]

Each row is a job of its own on the same records: changes of that many roles, each as likely as the others, so that most
touches find their state cold; then a mix where one record in a hundred is such a change; then the time from producing a
change to its alert, at 200 changes a second with a checkpoint every two seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from flink_cluster import Flink
from flink_jobs import cancel, submit, topics
from generated import record
from kafka import KafkaProducer
from kafka_broker import Broker

# A JVM on two cores needs about a minute until it runs at its own speed.
_WARM_SECONDS = 60
_CHECKPOINT = ("--flink-option", "checkpointing_interval=2000")


@dataclass(frozen=True, slots=True)
class Row:
    """A job: its name in the table, and how it is submitted."""

    name: str
    flags: tuple[str, ...]
    mix: bool = False


def _options(**options: object) -> tuple[str, ...]:
    return tuple(part for name, value in options.items() for part in ("--flink-option", f"{name}={value}"))


def _rows() -> list[Row]:
    two = ("--parallelism", "2")
    one_worker, cache = {"sdk_worker_parallelism": 1}, {"max_cache_memory_usage_mb": 256}
    return [
        Row("parallelism 1, one worker", _options(**one_worker)),
        Row("parallelism 2, one worker", (*two, *_options(**one_worker))),
        Row("parallelism 2", two),
        Row("parallelism 2, cache 256 MB", (*two, *_options(**cache))),
        Row("parallelism 2, bundles of 0.1 s", (*two, *_options(max_bundle_time_mills=100))),
        Row("parallelism 2, bundles of 1 s", (*two, *_options(max_bundle_time_mills=1000))),
        Row("parallelism 2, bundles of 3 s", (*two, *_options(max_bundle_size=20_000, max_bundle_time_mills=3000))),
        Row("parallelism 2, no object reuse", (*two, *_options(object_reuse="false", faster_copy="false"))),
        Row("1 % mix, parallelism 2, one worker", (*two, *_options(**one_worker)), mix=True),
        Row("1 % mix, parallelism 2", two, mix=True),
    ]


def changes(count: int, keys: int) -> list[tuple[int, bytes]]:
    """Make changes of the trust of that many roles, one a second, a role in one partition."""
    chance = random.Random(1)
    found = []
    for number in range(count):
        role = chance.randrange(keys)
        principal = {"AWS": f"arn:aws:iam::{number:012d}:root"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        one = record(number, "UpdateAssumeRolePolicy", {"roleName": f"role-{role}", "policyDocument": document})
        found.append((role % 4, json.dumps(one, separators=(",", ":")).encode()))
    return found


def mixed(values: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Put 99 records of another service before each change."""
    other = [value.replace(b"iam.amazonaws.com", b"s3.amazonaws.com") for _, value in values[:1000]]
    found = []
    for at, value in enumerate(values):
        found += [(number % 4, other[(at + number) % len(other)]) for number in range(99)]
        found.append(value)
    return found


def rate(
    kafka: Broker, flink: Flink, settings: dict[str, Any], row: Row, total: int, output: str, scale: float
) -> float:
    """Run a job and return records a second, from a fifth of what it should write to all of it."""
    job = submit(flink, settings, *row.flags, *_CHECKPOINT)
    points: list[tuple[float, int]] = []
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        points.append((time.monotonic(), kafka.length(settings[output])))
        if points[-1][1] >= total:
            break
        time.sleep(0.25)
    cancel(flink, job)
    start = next(one for one in points if one[1] >= total / 5)
    end = points[-1]
    return (end[1] - start[1]) * scale / (end[0] - start[0])


def latency(
    kafka: Broker, flink: Flink, settings: dict[str, Any], bundle_ms: int, seconds: int = 40
) -> tuple[list[float], int]:
    """Produce 200 changes a second; return the seconds from each to its alert, and the group's lag in the end."""
    flags = ("--parallelism", "2", *_options(max_bundle_time_mills=bundle_ms))
    job = submit(flink, settings, *_CHECKPOINT, *flags)
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    produced: dict[str, float] = {}
    stop = threading.Event()

    def produce() -> None:
        producer = KafkaProducer(bootstrap_servers=kafka.servers)
        number, begin = 0, time.time()
        while not stop.is_set():
            one = record(number, "AttachRolePolicy", {"roleName": f"role-{number}", "policyArn": admin})
            produced[f"role-{number}"] = time.time()
            producer.send(settings["input.topics"], json.dumps(one).encode())
            number += 1
            time.sleep(max(0.0, begin + number / 200 - time.time()))
        producer.close()

    thread = threading.Thread(target=produce)
    thread.start()
    while kafka.length(settings["output.alerts_topic"]) == 0:
        time.sleep(0.5)
    time.sleep(_WARM_SECONDS + seconds)
    topic = settings["input.topics"]
    lag = kafka.length(topic) - kafka.committed(settings["input.group"], topic)
    stop.set()
    thread.join()
    time.sleep(6)
    cancel(flink, job)
    last = max(produced.values())
    found = []
    for message in kafka.read(settings["output.alerts_topic"]):
        at = produced[message.key.decode().rpartition("/")[2]]
        if at > last - seconds:
            found.append(message.timestamp / 1000 - at)
    return sorted(found), lag


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kafka").mkdir()
        (folder / "flink").mkdir()
        kafka, flink = Broker(folder / "kafka"), Flink(folder / "flink")
        values = changes(given.count, given.keys)
        for row in _rows():
            if given.only not in row.name:
                continue
            settings = {**topics(kafka), "output.snapshots_topic": "", "rules.bundled": "false"}
            part = mixed(values[: given.count // 10]) if row.mix else values
            kafka.produce(settings["input.topics"], part)
            total = given.count // 10 if row.mix else given.count
            found = rate(kafka, flink, settings, row, total, "output.drift_topic", 100 if row.mix else 1)
            print(f"  {row.name:<42} {found:>8,.0f} {'records' if row.mix else 'changes'} a second", flush=True)
        for bundle_ms in (300, 1_000):
            if given.only not in "latency":
                continue
            late, lag = latency(kafka, flink, topics(kafka), bundle_ms)
            p50, p99 = statistics.median(late), late[int(len(late) * 0.99)]
            text = f"  bundles of {bundle_ms} ms: to an alert p50 {p50:.2f} s, p99 {p99:.2f} s, most {late[-1]:.2f} s"
            print(f"{text}; lag {lag} records", flush=True)
        kafka.close()
        flink.close()


if __name__ == "__main__":
    main()
