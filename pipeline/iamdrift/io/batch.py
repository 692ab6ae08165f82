"""Raw input as it travels from a source to decoding: many records in one element, because elements cost more."""

from __future__ import annotations

from typing import NamedTuple


class RawBatch(NamedTuple):
    """Records of one topic partition, or of one file: offsets (or record numbers) and values (None = tombstone)."""

    topic: str
    partition: int
    records: list[tuple[int, bytes | None]]
