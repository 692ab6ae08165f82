"""The demo's broker: librdkafka's mock cluster in this process, which needs no Java. Not for production.

Prints its address and lives until standard input closes.
"""

from __future__ import annotations

import sys

from confluent_kafka import Producer


def main() -> None:
    """Start the mock cluster and wait."""
    cluster = Producer({"bootstrap.servers": "ignored:1", "test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = cluster.list_topics(timeout=10).brokers.values()
    print(f"{broker.host}:{broker.port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
