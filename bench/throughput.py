"""How fast the job is: records per CPU-second of each stage, all in one run, so that they can be compared.

    python bench/throughput.py [--records FILE.jsonl] [--count N] [--rounds N]

(a) raw kafka-python consume, (b) decode, (c) the pure core from bytes to alert JSON, in batches as in the job, (d) the
whole job, Kafka to Kafka and Parquet; then (a) and (d) again on a mix where one record in a hundred is an IAM change,
four times as many. Records of one resource are in one partition, so that (d) folds what (c) folds, in the same order.
Medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from generated import history, resource_of
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.config import load_settings
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.alert import Alert
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.calls import modelled_calls
from iamdrift.io.kafka_clients import KafkaSettings, consumer
from iamdrift.options import job_of
from iamdrift.rule_files import rule_files
from iamdrift.runner import run_local, settle_memory
from kafka import TopicPartition
from kafka_broker import Broker

BATCH = 256


def consume(servers: str, topic: str, count: int) -> None:
    client = consumer(KafkaSettings((servers,)))
    partitions = [TopicPartition(topic, number) for number in range(4)]
    client.assign(partitions)
    client.seek_to_beginning(*partitions)
    seen = 0
    while seen < count:
        seen += sum(len(found) for found in client.poll(timeout_ms=500, max_records=1000).values())
    client.close()


def core(values: list[bytes], rules: RuleSet) -> None:
    one = Core(rules)
    for at in range(0, len(values), BATCH):
        results = list(one.take_batch((value, None) for value in values[at : at + BATCH]))
        for result in results:
            if isinstance(result, Drift):
                drift_json(result)
            elif isinstance(result, Alert):
                result.to_json()


def whole_job(broker: Broker, topic: str, folder: str) -> None:
    mark = uuid.uuid4().hex[:8]
    outputs = {f"output.{name}_topic": broker.create(f"{name}-{mark}") for name in ("drift", "alerts", "dead_letter")}
    overrides: dict[str, Any] = {
        "kafka.bootstrap_servers": [broker.servers],
        "input.topics": [topic],
        "input.group": mark,
        "output.parquet": f"{folder}/{mark}",
        **outputs,
    }
    run_local(job_of(load_settings(None, {}, overrides), until_end=True))


def partitioned(values: list[bytes]) -> list[tuple[int, bytes | None]]:
    return [(zlib.crc32(resource_of(json.loads(value)).encode()) % 4, value) for value in values]


def rate(work: Callable[[], None], count: int) -> float:
    begin = time.process_time()
    work()
    return count / (time.process_time() - begin)


def mixed(values: list[bytes]) -> list[bytes]:
    """Make four times as many records, of which one in a hundred is one of these and the others of another service."""
    other = [value.replace(b"iam.amazonaws.com", b"s3.amazonaws.com") for value in values]
    return [other[at % len(other)] if at % 100 else values[at // 100] for at in range(4 * len(values))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.records:
        values = given.records.read_bytes().splitlines()[: given.count]
    else:
        values = [json.dumps(one, separators=(",", ":")).encode() for one in history(given.count)]
    count, rules = len(values), RuleSet.of(rule_files((), bundled=True))
    relevance = Relevance(modelled_calls())
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        settle_memory()
        mix = mixed(values)
        for topic, content in (("iam", values), ("mix", mix)):
            broker.create(topic)
            broker.produce(topic, partitioned(content))
        stages: dict[str, Callable[[], None]] = {
            "(a) raw consume": lambda: consume(broker.servers, "iam", count),
            "(b) decode": lambda: [decode(value, relevance) for value in values] and None,
            "(c) pure core": lambda: core(values, rules),
            "(d) whole job": lambda: whole_job(broker, "iam", folder),
            "(a) 1% IAM": lambda: consume(broker.servers, "mix", len(mix)),
            "(d) 1% IAM": lambda: whole_job(broker, "mix", folder),
        }
        found: dict[str, list[float]] = {name: [] for name in stages}
        for _ in range(given.rounds):
            for name, work in stages.items():
                found[name].append(rate(work, len(mix) if "1% IAM" in name else count))
        broker.close()
    medians = {name: statistics.median(rates) for name, rates in found.items()}
    print(f"{count} records, medians of {given.rounds} rounds, records per CPU-second")
    for name, median in medians.items():
        print(f"  {name:<16} {median:>9,.0f}   ({min(found[name]):,.0f} to {max(found[name]):,.0f})")
    print(f"  (d) / (c)        {medians['(d) whole job'] / medians['(c) pure core']:>9.2f}")
    print(f"  (d) / (a), 1% IAM{medians['(d) 1% IAM'] / medians['(a) 1% IAM']:>9.2f}")


if __name__ == "__main__":
    main()
