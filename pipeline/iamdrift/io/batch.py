"""Raw input as it travels from a source to decoding: many records in one element, because elements cost more."""

from __future__ import annotations

from typing import NamedTuple

import apache_beam as beam
import msgspec


class RawBatch(NamedTuple):
    """Records of one topic partition, or of one file: offsets (or record numbers) and values (None = tombstone)."""

    topic: str
    partition: int
    records: list[tuple[int, bytes | None]]


class RawBatchCoder(beam.coders.Coder):
    """MessagePack; a size that is not found by encoding, because Beam asks for it again and again."""

    def encode(self, value: RawBatch) -> bytes:
        """Return the bytes of a batch."""
        return msgspec.msgpack.encode(value)

    def decode(self, encoded: bytes) -> RawBatch:
        """Read a batch."""
        return msgspec.msgpack.decode(encoded, type=RawBatch)

    def estimate_size(self, value: RawBatch) -> int:
        """Return about how many bytes encoding would give."""
        return sum(len(record) + 8 for _, record in value.records if record is not None)

    def is_deterministic(self) -> bool:
        """Say yes: the same batch has the same bytes."""
        return True


beam.coders.registry.register_coder(RawBatch, RawBatchCoder)
