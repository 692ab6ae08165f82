"""Reading the snapshots topic, to start a job with the state that another one left.

The topic is read once in a process, whole, and stays in memory: about the size of the state, two to ten kilobytes a
resource. A step asks for a key that has no state yet.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from kafka.errors import KafkaError

from iamdrift.errors import TransportError
from iamdrift.iam.aliases import names_key
from iamdrift.iam.attributes import RENAMABLE
from iamdrift.iam.kept import told_in
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.state import decode_state
from iamdrift.io.kafka_clients import KafkaSettings, consumer
from iamdrift.io.snapshot_topic import STATE_HEADER, SnapshotTopic, end_earlier_writer
from kafka import TopicPartition

# Brokers end the transaction of a producer that is gone after its timeout, a minute where nobody set another.
_OPEN_SECONDS = 120
_lock = threading.Lock()
_stores: dict[str, SnapshotStore] = {}


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The snapshots topic that a job starts from; `job` tells apart the jobs of one process."""

    target: SnapshotTopic
    job: str = field(default_factory=lambda: uuid.uuid4().hex)

    def store(self) -> SnapshotStore:
        """Return the topic's content, read once in this process. Raises TransportError and StateError."""
        with _lock:
            if self.job not in _stores:
                _stores.clear()
                if self.target.writer:
                    end_earlier_writer(self.target)
                _stores[self.job] = SnapshotStore(_latest(self.target.settings, self.target.topic))
            return _stores[self.job]


class SnapshotStore:
    """The stored bytes of every key, and the records that are remembered for the names of an account."""

    def __init__(self, states: dict[bytes, bytes]) -> None:
        self._states = states
        self._recent: dict[bytes, list[bytes]] = defaultdict(list)
        for text, data in states.items():
            if any(f":{kind}/".encode() in text for kind in RENAMABLE):
                key = ResourceKey.parse(text.decode())
                self._recent[names_key(key).encode()] += told_in(decode_state(data))

    def state(self, key: bytes) -> bytes | None:
        """Return what was stored of a key."""
        return self._states.get(key)

    def recent(self, key: bytes) -> list[bytes]:
        """Return the records of the last while, of an account's users, groups and server certificates."""
        return self._recent.get(key, [])


def _latest(settings: KafkaSettings, topic: str) -> dict[bytes, bytes]:
    states: dict[bytes, bytes] = {}
    with closing(consumer(settings, isolation_level="read_committed")) as client:
        try:
            partitions = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
            client.assign(partitions)
            client.seek_to_beginning(*partitions)
            ends = _settled_ends(settings, client, partitions)
            while any(client.position(one) < ends[one] for one in partitions):
                for records in client.poll(timeout_ms=1000, max_records=5000).values():
                    for record in records:
                        stored = dict(record.headers).get(STATE_HEADER)
                        if record.value is None or stored is None:
                            states.pop(record.key, None)
                        else:
                            states[record.key] = stored
        except KafkaError as error:
            raise TransportError(f"cannot read the snapshots in {topic}: {error}") from error
    return states


def _settled_ends(settings: KafkaSettings, client: Any, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the ends when no transaction is open before them: that of a killed writer ends after a minute or so."""
    deadline = time.monotonic() + _OPEN_SECONDS
    with closing(consumer(settings)) as everything:
        while True:
            ends: dict[TopicPartition, int] = client.end_offsets(partitions)
            if everything.end_offsets(partitions) == ends:
                return ends
            if time.monotonic() > deadline:
                raise TransportError(f"a writer of {partitions[0].topic} has not ended its transaction; stop it first")
            time.sleep(1)
