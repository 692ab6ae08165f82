"""Making the topics of a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from iamdrift.errors import TransportError
from iamdrift.io.kafka_clients import KafkaSettings, admin


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to make; `replication` -1 takes the cluster's default, `compacted` keeps the last message of each key."""

    name: str
    partitions: int
    replication: int = -1
    compacted: bool = False


def create_topics(settings: KafkaSettings, specs: list[TopicSpec]) -> dict[str, bool]:
    """Make topics that are not there; returns, by name, whether it was made now. Raises TransportError."""
    client: Any = admin(settings)
    made: dict[str, bool] = {}
    try:
        for spec in specs:
            try:
                kept = {"cleanup.policy": "compact"} if spec.compacted else {}
                client.create_topics([NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=kept)])
                made[spec.name] = True
            except TopicAlreadyExistsError:
                made[spec.name] = False
            except KafkaError as error:
                raise TransportError(f"cannot create topic {spec.name}: {error}") from error
    finally:
        client.close()
    return made
