"""Batches of raw records cross from worker to worker unchanged, and say their size without being written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iamdrift.io.batch import RawBatch, RawBatchCoder

_records = st.lists(st.tuples(st.integers(0, 2**62), st.none() | st.binary(max_size=50)), max_size=5)


@given(st.text(max_size=5), st.integers(0, 1000), _records)
def test_round_trip(topic: str, partition: int, records: list[tuple[int, bytes | None]]) -> None:
    """What is written is read back."""
    batch, coder = RawBatch(topic, partition, records), RawBatchCoder()
    assert coder.decode(coder.encode(batch)) == batch


def test_size_is_about_that_of_the_bytes() -> None:
    """The estimate is near the truth for records of a usual size."""
    batch, coder = RawBatch("cloudtrail", 0, [(number, b"x" * 1500) for number in range(1000)]), RawBatchCoder()
    assert abs(coder.estimate_size(batch) / len(coder.encode(batch)) - 1) < 0.02
