"""Kafka clients from our settings: kafka-python, with its security options passed through."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from kafka.partitioner.default import DefaultPartitioner, murmur2

from iamdrift.errors import TransportError
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How to reach a cluster; names and values are kafka-python's. Secrets never show in its repr."""

    bootstrap_servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = field(default=None, repr=False)
    ssl_check_hostname: bool = True
    api_version: tuple[int, ...] | None = None
    client_id: str = "iamdrift"

    def options(self) -> dict[str, Any]:
        """Return the options that every client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "ssl_check_hostname": self.ssl_check_hostname,
            "api_version": self.api_version,
            "bootstrap_timeout_ms": 10_000,
        }
        names = {
            "sasl_mechanism": "sasl_mechanism",
            "sasl_username": "sasl_plain_username",
            "sasl_password": "sasl_plain_password",
            "ssl_cafile": "ssl_cafile",
            "ssl_certfile": "ssl_certfile",
            "ssl_keyfile": "ssl_keyfile",
            "ssl_password": "ssl_password",
        }
        options.update({theirs: value for ours, theirs in names.items() if (value := getattr(self, ours)) is not None})
        return options


@lru_cache(maxsize=65_536)
def _hash(key: bytes) -> int:
    """Hash a key as Kafka's own clients do. In pure Python that costs as much as a send, and keys come back."""
    return int(murmur2(key)) & 0x7FFFFFFF


class _Partitioner(DefaultPartitioner):
    """The default partitioner, remembering what keys hash to."""

    def partition(
        self,
        topic: str,
        key: Any,
        serialized_key: bytes | None,
        value: Any,
        serialized_value: bytes | None,
        cluster: Any,
    ) -> int:
        if serialized_key is None:
            return int(super().partition(topic, key, serialized_key, value, serialized_value, cluster))
        numbers = sorted(cluster.partitions_for_topic(topic))
        return int(numbers[_hash(serialized_key) % len(numbers)])


def consumer(settings: KafkaSettings, group_id: str | None = None, **overrides: Any) -> Any:
    """Return a consumer that commits nothing by itself. Raises TransportError when no broker answers."""
    options = {
        **settings.options(),
        "group_id": group_id,
        "enable_auto_commit": False,
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
        "fetch_max_wait_ms": 100,
        "metrics_enabled": False,
        **overrides,
    }
    return _client(KafkaConsumer, options, settings)


def producer(settings: KafkaSettings, **overrides: Any) -> Any:
    """Return a producer that waits for all replicas. Raises TransportError when no broker answers."""
    options = {
        **settings.options(),
        "acks": "all",
        "linger_ms": 20,
        "batch_size": 256 * 1024,
        "metrics_enabled": False,
        "partitioner": _Partitioner(),
        **overrides,
    }
    # Brokers before 2.5 (librdkafka's mock among them) are not asked for idempotence.
    if settings.api_version and settings.api_version < (2, 5):
        options["enable_idempotence"] = False
    return _client(KafkaProducer, options, settings)


def admin(settings: KafkaSettings) -> Any:
    """Return an admin client. Raises TransportError when no broker answers."""
    return _client(KafkaAdminClient, settings.options(), settings)


class _Complaints(logging.Handler):
    """What kafka-python logged as wrong, last or most telling: giving up, it says no more than that it waited."""

    found: KafkaError | None = None

    def emit(self, record: logging.LogRecord) -> None:
        for one in record.args or ():
            telling = isinstance(one, KafkaError) and not isinstance(one, KafkaTimeoutError)
            if telling and (self.found is None or isinstance(self.found, KafkaConnectionError)):
                self.found = one


def _client(kind: Any, options: dict[str, Any], settings: KafkaSettings) -> Any:
    complaints, log = _Complaints(logging.WARNING), logging.getLogger("kafka.net")
    log.addHandler(complaints)
    try:
        return kind(**options)
    except (KafkaError, OSError, ValueError, AssertionError) as error:
        servers = ", ".join(settings.bootstrap_servers)
        cause = complaints.found or f"{type(error).__name__} {error}"
        raise TransportError(
            f"no Kafka at {servers} over {settings.security_protocol}: {cause}; "
            "check kafka.bootstrap_servers and the security settings"
        ) from error
    finally:
        log.removeHandler(complaints)
