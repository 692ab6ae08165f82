"""Writing Kafka: send through a bundle, wait for all acknowledgements at its end.

The producer belongs to the process and outlives DoFn instances. A bundle ends only when every message of it is
acknowledged, so whatever commits input offsets after the bundle commits after the sink.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from kafka.errors import KafkaError

from iamdrift.errors import TransportError
from iamdrift.io.kafka_clients import KafkaSettings, producer
from iamdrift.io.message import Message

_FLUSH_SECONDS = 120
_SENT_TOGETHER = 256
_lock = threading.Lock()
_producers: dict[KafkaSettings, Any] = {}


class WriteKafka(beam.DoFn):
    """Send elements to one topic, as `to_message` makes them; nowhere without one.

    Raises TransportError when the cluster refuses.
    """

    def __init__(self, settings: KafkaSettings, topic: str, to_message: Callable[[Any], Message]) -> None:
        super().__init__()
        self._settings = settings
        self._topic = topic
        self._to_message = to_message
        self._waiting: list[Any] = []
        self._sent: list[Any] = []

    def setup(self) -> None:
        """Find or make the producer of this process."""
        self._producer: Any = shared_producer(self._settings) if self._topic else None

    def start_bundle(self) -> None:
        """Begin with nothing sent."""
        self._waiting, self._sent = [], []

    def process(self, element: Any) -> None:
        """Take one message; many are sent together, which is faster than each between the steps before it."""
        if self._producer is None:
            return
        self._waiting.append(element)
        if len(self._waiting) >= _SENT_TOGETHER:
            self._send()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for key, value, headers in map(self._to_message, waiting):
            try:
                self._sent.append(self._producer.send(self._topic, value=value, key=key, headers=list(headers)))
            except KafkaError as error:
                text = f"cannot write a message of {len(value) if value else 0} bytes to {self._topic}: {error}"
                raise TransportError(text) from error

    def finish_bundle(self) -> None:
        """Wait until every message of the bundle is acknowledged."""
        self._send()
        if not self._sent:
            return
        sent, self._sent = self._sent, []
        try:
            self._producer.flush(timeout=_FLUSH_SECONDS)
        except KafkaError as error:
            raise TransportError(f"{self._topic} did not acknowledge what was written: {error}") from error
        for future in sent:
            if future.failed():
                raise TransportError(f"{self._topic} refused a message: {future.exception}") from future.exception


def shared_producer(settings: KafkaSettings) -> Any:
    """Return the producer of this process for a cluster."""
    with _lock:
        if settings not in _producers:
            _producers[settings] = producer(settings)
        return _producers[settings]


def close_producers() -> None:
    """Close the producers of this process; everything they took is acknowledged first."""
    with _lock:
        open_producers = list(_producers.values())
        _producers.clear()
    for one in open_producers:
        one.close()
