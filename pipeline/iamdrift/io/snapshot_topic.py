"""The snapshots topic: the last state of every key, for programs to read and for a new job to start from.

A snapshot says that its events were taken, so it must not be there before their drift is: messages wait until their
bundle is done, and offsets wait for the messages. A job that is killed at any moment finds, when it starts again from
the topic and the committed offsets, either both or neither of an event's state and offset, or the state without the
offset; then the event comes again and is known as a duplicate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from kafka.errors import KafkaError

from iamdrift.errors import TransportError
from iamdrift.io.kafka_clients import KafkaSettings
from iamdrift.io.kafka_sink import shared_producer
from iamdrift.io.message import Message

STATE_HEADER = "state"
_FLUSH_SECONDS = 120
_lock = threading.Lock()
_waiting: dict[tuple[KafkaSettings, str], dict[bytes, Message]] = {}


class WriteSnapshotTopic(beam.DoFn):
    """Write elements that have a `key`, the last of each key in a bundle, when the bundle is done."""

    def __init__(self, settings: KafkaSettings, topic: str, to_message: Callable[[Any], Message]) -> None:
        super().__init__()
        self._place = settings, topic
        self._to_message = to_message
        self._latest: dict[bytes, Any] = {}

    def start_bundle(self) -> None:
        """Begin with nothing to write."""
        self._latest = {}

    def process(self, element: Any, finalizer: Any = beam.DoFn.BundleFinalizerParam) -> None:
        """Remember the last of the key."""
        if not self._latest:
            finalizer.register(write_waiting)
        self._latest[element.key] = element

    def finish_bundle(self) -> None:
        """Let the messages wait for the end of the bundle."""
        messages = {key: self._to_message(element) for key, element in self._latest.items()}
        with _lock:
            _waiting.setdefault(self._place, {}).update(messages)


def write_waiting() -> None:
    """Write what waits, and return when it is acknowledged. Raises TransportError when the cluster refuses."""
    with _lock:
        taken = dict(_waiting)
        _waiting.clear()
        for (settings, topic), messages in taken.items():
            producer = shared_producer(settings)
            try:
                sent = [
                    producer.send(topic, value=value, key=key, headers=list(headers))
                    for key, value, headers in messages.values()
                ]
                producer.flush(timeout=_FLUSH_SECONDS)
            except KafkaError as error:
                raise TransportError(f"cannot write snapshots to {topic}: {error}") from error
            for future in sent:
                if future.failed():
                    raise TransportError(f"{topic} refused a snapshot: {future.exception}") from future.exception
