"""Reading the snapshots topic, to start a job with the state that another one left.

The topic is read once in a process, whole, and stays in memory: about the size of the state, two to ten kilobytes a
resource. A step asks for a key that has no state yet.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field

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
            ends = client.end_offsets(partitions)
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
