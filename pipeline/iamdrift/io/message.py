"""A message on its way out to Kafka."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """Key, value (None = tombstone) and headers.

    The key is the resource key, so that all about a resource stays in one partition.
    """

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
