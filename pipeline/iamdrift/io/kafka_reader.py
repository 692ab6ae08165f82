"""The Kafka consumers of this process: one for each partition it reads, and one for each group to commit with.

They outlive the DoFn instances that use them: a runner makes and drops those as it likes, and a new consumer costs a
connection and a fetch session.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from iamdrift.errors import TransportError
from iamdrift.io.kafka_clients import KafkaSettings, consumer
from kafka import TopicPartition

_LOGGER = logging.getLogger(__name__)
_PARTITION_CHECK_SECONDS = 10.0
_lock = threading.Lock()


class PartitionReader:
    """A consumer of one partition that knows where it stands."""

    def __init__(self, settings: KafkaSettings, topic: str, number: int, position: int) -> None:
        self.partition = TopicPartition(topic, number)
        self._client = consumer(settings, auto_offset_reset="none")
        self._client.assign([self.partition])
        self.lost = 0
        self.seek(position)

    def seek(self, position: int) -> None:
        """Go on from another offset."""
        self._client.seek(self.partition, position)
        self.position = position

    def poll(self, seconds: float, limit: int) -> list[Any]:
        """Return the next records, or none when none came in that time.

        Where retention has removed the records, reading goes on at the earliest there is and `lost` counts them.
        Raises TransportError when the cluster refuses.
        """
        try:
            records: list[Any] = self._client.poll(int(seconds * 1000), max_records=limit).get(self.partition, [])
            self.position = records[-1].offset + 1 if records else int(self._client.position(self.partition))
        except OffsetOutOfRangeError:
            earliest = int(self._client.beginning_offsets([self.partition])[self.partition])
            self.lost += max(0, earliest - self.position)
            _LOGGER.warning(
                "%s: records from %d to %d were removed by retention before they were read",
                self.partition,
                self.position,
                earliest,
            )
            self.seek(earliest)
            return []
        except KafkaError as error:
            raise TransportError(f"cannot read {self.partition}: {error}") from error
        return records

    def close(self) -> None:
        """Give the connection back."""
        self._client.close(autocommit=False)


_readers: dict[tuple[KafkaSettings, str, int], PartitionReader] = {}


@contextmanager
def partition_reader(settings: KafkaSettings, topic: str, number: int, position: int) -> Iterator[PartitionReader]:
    """Lend the reader of a partition, standing at the position; two bundles at once never share one."""
    place = (settings, topic, number)
    with _lock:
        reader = _readers.pop(place, None)
    if reader is None:
        reader = PartitionReader(settings, topic, number, position)
    elif reader.position != position:
        reader.seek(position)
    try:
        yield reader
    except GeneratorExit:
        # The runner closed the generator in the middle: what it read ahead is not ours to keep.
        reader.close()
        raise
    else:
        with _lock:
            spare = _readers.setdefault(place, reader)
        if spare is not reader:
            reader.close()


def readers_in_use() -> int:
    """Count the partitions that this process has read."""
    return len(_readers)


class _Partitions:
    """How many partitions a topic has, asked again after a while."""

    def __init__(self) -> None:
        self._known: dict[tuple[KafkaSettings, str], tuple[float, int]] = {}

    def count(self, settings: KafkaSettings, topic: str) -> int:
        now = time.monotonic()
        asked, count = self._known.get((settings, topic), (-_PARTITION_CHECK_SECONDS, 0))
        if now - asked >= _PARTITION_CHECK_SECONDS:
            # A new client each time: an idle one keeps the metadata it has.
            with closing(consumer(settings)) as client:
                count = len(
                    _answer(lambda: client.partitions_for_topic(topic), f"list the partitions of {topic}") or ()
                )
            self._known[settings, topic] = now, count
        return count


_partitions = _Partitions()


def partition_exists(settings: KafkaSettings, topic: str, number: int) -> bool:
    """Say whether a partition exists; an answer may be ten seconds old."""
    return number < _partitions.count(settings, topic)


_commits: dict[tuple[KafkaSettings, str, str, int], int] = {}
_clients: dict[tuple[KafkaSettings, str | None], tuple[threading.Lock, Any]] = {}


@contextmanager
def group_client(settings: KafkaSettings, group: str | None) -> Iterator[Any]:
    """Lend the process's client for a group's offsets, to one thread at a time."""
    with _lock:
        if (settings, group) not in _clients:
            _clients[settings, group] = threading.Lock(), consumer(settings, group_id=group)
        lock, client = _clients[settings, group]
    with lock:
        yield client


def commit_offset(settings: KafkaSettings, group: str, topic: str, number: int, offset: int) -> None:
    """Commit the next offset to read. Raises TransportError when the cluster refuses."""
    with group_client(settings, group) as client:
        offsets = {TopicPartition(topic, number): OffsetAndMetadata(offset)}
        _answer(lambda: client.commit(offsets), f"commit offset {offset} of {topic}/{number} for group {group}")
        _commits[settings, group, topic, number] = offset


def last_commit(settings: KafkaSettings, group: str, topic: str, number: int) -> int:
    """Return the offset that this process committed last, 0 for none."""
    return _commits.get((settings, group, topic, number), 0)


def start_offset(client: Any, topic: str, number: int, start: str | int) -> int:
    """Return the first offset to read: `earliest`, `latest`, `committed`, or the first at or after a time (epoch ms).

    A group that has committed nothing starts at the earliest record.
    """
    partition = TopicPartition(topic, number)
    if isinstance(start, int):
        found = client.offsets_for_times({partition: start}).get(partition)
        return int(found.offset) if found else end_offset(client, topic, number)
    if start == "latest":
        return end_offset(client, topic, number)
    earliest = int(client.beginning_offsets([partition])[partition])
    if start != "committed":
        return earliest
    committed = client.committed(partition)
    return earliest if committed is None or committed < earliest else int(committed)


def end_offset(client: Any, topic: str, number: int) -> int:
    """Return the offset after the last record there is now."""
    partition = TopicPartition(topic, number)
    return int(client.end_offsets([partition])[partition])


def close_clients() -> None:
    """Close every consumer of this process."""
    with _lock:
        readers, clients = list(_readers.values()), list(_clients.values())
        _readers.clear()
        _clients.clear()
        _commits.clear()
    for reader in readers:
        reader.close()
    for _, client in clients:
        client.close(autocommit=False)


def _answer(ask: Callable[[], Any], what: str) -> Any:
    try:
        return ask()
    except KafkaError as error:
        raise TransportError(f"cannot {what}: {error}") from error


def missing_topics(settings: KafkaSettings, names: list[str]) -> list[str]:
    """Return those of the topics that do not exist. Raises TransportError when the cluster does not answer."""
    with closing(consumer(settings)) as client:
        return [name for name in names if not _answer(partial(client.partitions_for_topic, name), f"look up {name}")]
