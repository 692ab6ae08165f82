"""The snapshots topic: the last state of every key, for programs to read and for a new job to start from.

A snapshot says that its events were taken, so it must not be there before their drift is: messages wait until their
bundle is done, and offsets wait for the messages. Those of a bundle are one Kafka transaction, because the keys belong
together: a rename moves events from one to another. A job that is killed at any moment finds, when it starts again from
the topic and the committed offsets, state and offsets of a bundle, or neither, or the state without the offsets; then
its events come again and are known as duplicates.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import apache_beam as beam
from kafka.errors import KafkaError

from iamdrift.errors import TransportError
from iamdrift.io.kafka_clients import KafkaSettings, producer
from iamdrift.io.message import Message

STATE_HEADER = "state"


@dataclass(frozen=True, slots=True)
class SnapshotTopic:
    """The topic, its cluster, and the name of who writes it: of two jobs of one name the later ends the earlier's.

    Without a name there are many writers, each process one of its own.
    """

    settings: KafkaSettings
    topic: str
    writer: str = ""


_lock = threading.Lock()
_numbers = count()
_waiting: dict[int, tuple[SnapshotTopic, dict[bytes, Message]]] = {}
_producers: dict[SnapshotTopic, Any] = {}


class WriteSnapshotTopic(beam.DoFn):
    """Write elements that have a `key`, the last of each key in a bundle, when the bundle is done.

    Without a target nothing is written.
    """

    def __init__(self, target: SnapshotTopic | None, to_message: Callable[[Any], Message]) -> None:
        super().__init__()
        self._target = target
        self._to_message = to_message
        self._latest: dict[bytes, Any] = {}
        self._number = -1

    def start_bundle(self) -> None:
        """Begin with nothing to write."""
        self._latest = {}

    def process(self, element: Any, finalizer: Any = beam.DoFn.BundleFinalizerParam) -> None:
        """Remember the last of the key."""
        if self._target is None:
            return
        if not self._latest:
            self._number = next(_numbers)
            finalizer.register(partial(write_waiting, self._number))
        self._latest[element.key] = element

    def finish_bundle(self) -> None:
        """Let the messages wait for the end of the bundle."""
        if self._target is None or not self._latest:
            return
        messages = {key: self._to_message(element) for key, element in self._latest.items()}
        self._latest = {}
        with _lock:
            _waiting[self._number] = self._target, messages


def write_waiting(last: int | None = None) -> None:
    """Write what waits, of the bundles up to a number where one is given, and return when it is there.

    A bundle before that number whose own end was never told has ended too. What could not be written waits on. Raises
    TransportError when the cluster refuses.
    """
    with _lock:
        taken = sorted(number for number in _waiting if last is None or number <= last)
        together: dict[SnapshotTopic, dict[bytes, Message]] = {}
        for number in taken:
            target, messages = _waiting[number]
            together.setdefault(target, {}).update(messages)
        for target, messages in together.items():
            try:
                _write(target, messages)
            except KafkaError as error:
                if broken := _producers.pop(target, None):
                    broken.close(timeout=0)
                raise TransportError(f"cannot write snapshots to {target.topic}: {error}") from error
        for number in taken:
            del _waiting[number]


def _write(target: SnapshotTopic, messages: dict[bytes, Message]) -> None:
    writing = _producer(target)
    writing.begin_transaction()
    for key, value, headers in messages.values():
        writing.send(target.topic, value=value, key=key, headers=list(headers))
    writing.commit_transaction()


def end_earlier_writer(target: SnapshotTopic) -> None:
    """End what an earlier job of the same name left half written. Raises TransportError."""
    with _lock:
        try:
            _producer(target)
        except KafkaError as error:
            raise TransportError(f"cannot become the writer of {target.topic}: {error}") from error


def _producer(target: SnapshotTopic) -> Any:
    if target not in _producers:
        name = target.writer or f"iamdrift.{target.topic}.{uuid.uuid4().hex}"
        made = producer(target.settings, transactional_id=name)
        made.init_transactions()
        _producers[target] = made
    return _producers[target]


def close_writers() -> None:
    """Close the producers of this process; what still waits is of a bundle that did not end and is dropped."""
    with _lock:
        _waiting.clear()
        open_producers = list(_producers.values())
        _producers.clear()
    for one in open_producers:
        one.close()
