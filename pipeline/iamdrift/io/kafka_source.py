"""Reading Kafka: a Splittable DoFn with one restriction per partition, whose positions are Kafka offsets.

Beam reference: programming guide, "Splittable DoFns". What the runners taught: `BundleFinalizerParam` stands before
`RestrictionParam`; no portable runner splits a running `process`, so it ends itself after a while;
`OffsetRestrictionTracker` calls itself bounded, which an endless read must not be; a partition without records must
advance its own watermark, or it holds that of the whole job; the local runner resumes at once whatever delay was
asked, so the wait for records happens here; it runs nothing behind a second source of elements while the first is
endless, so partitions that may be added later are there as elements from the start. Flink resumes a restriction only
when its bundle has ended, and each resume costs it a little, so there calls are short and waits are long.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

from iamdrift.errors import ConfigError
from iamdrift.io.batch import RawBatch
from iamdrift.io.commit_behind import CommitBehind
from iamdrift.io.kafka_clients import KafkaSettings
from iamdrift.io.kafka_reader import (
    PartitionReader,
    commit_offset,
    end_offset,
    group_client,
    last_commit,
    partition_exists,
    partition_reader,
    readers_in_use,
    start_offset,
)
from iamdrift.io.snapshot_topic import write_waiting
from iamdrift.io.stop import stop_requested

ENDLESS = sys.maxsize

_RECORDS_A_BATCH = 2_000
# A round over all idle partitions of this process takes about this long.
_IDLE_SECONDS = 0.1
# CloudTrail delivers up to ten minutes late; the watermark of an idle partition stays that far behind the clock.
_IDLE_LAG_SECONDS = 600
# How long a partition that does not exist yet is left alone, where the runner knows how to wait.
_SPARE_SECONDS = 10.0
_behind = CommitBehind()


@dataclass(frozen=True, slots=True)
class Pace:
    """When one call of `process` ends, so that bundles end and checkpoints pass."""

    records: int
    seconds: float


LOCAL = Pace(30_000, 3.0)
FLINK = Pace(5_000, 0.5)


@dataclass(frozen=True, slots=True)
class KafkaSource:
    """What to read: topics, from where (`earliest`, `latest`, `committed`, or epoch milliseconds), and until when.

    `group` names the consumer group that offsets are committed for; without one nothing is committed. `until_end`
    stops at the offsets that were the end when the job started. `spare_partitions` is how many partitions a topic may
    gain while the job runs. `commit_behind` commits what the checkpoint before finalized: where a checkpoint's end is
    told to bundles that it does not hold, what those led to is written by then.
    """

    settings: KafkaSettings
    topics: tuple[str, ...]
    group: str | None = None
    start: str | int = "committed"
    until_end: bool = False
    spare_partitions: int = 16
    pace: Pace = LOCAL
    commit_behind: bool = False


class ReadKafka(beam.PTransform):
    """Read topics as RawBatch elements. Raises, when the job starts, TransportError and ConfigError."""

    def __init__(self, source: KafkaSource) -> None:
        super().__init__()
        self._source = source

    def expand(self, begin: Any) -> Any:
        """Make one element per partition, spread over the workers."""
        return (
            begin
            | "Start" >> beam.Impulse()
            | "Partitions" >> beam.ParDo(_Partitions(self._source)).with_output_types(tuple[str, int])
            | "Spread" >> beam.Reshuffle()
            | "Poll" >> beam.ParDo(_ReadPartition(self._source)).with_output_types(RawBatch)
        )


class _Partitions(beam.DoFn):
    """Every partition there is, and in an endless read some that may be added later."""

    def __init__(self, source: KafkaSource) -> None:
        super().__init__()
        self._source = source

    def process(self, _impulse: bytes) -> Iterator[tuple[str, int]]:
        source = self._source
        for topic in source.topics:
            with group_client(source.settings, source.group) as client:
                known = client.partitions_for_topic(topic)
            if not known:
                raise ConfigError(f"topic {topic!r} does not exist; `iamdrift topics create` makes the topics of a job")
            spare = 0 if source.until_end else source.spare_partitions
            for number in range(max(known) + 1 + spare):
                yield topic, number


class _Tracker(OffsetRestrictionTracker):
    def is_bounded(self) -> bool:
        return bool(self.current_restriction().stop != ENDLESS)


class _ReadPartition(beam.DoFn, RestrictionProvider):
    """Poll one partition for a while, claim what came, hand the rest back for the next bundle."""

    def __init__(self, source: KafkaSource) -> None:
        super().__init__()
        self._source = source
        self._lost = beam.metrics.Metrics.counter("iamdrift", "offsets_lost_to_retention")

    def initial_restriction(self, element: tuple[str, int]) -> OffsetRange:
        """Ask Kafka where to start, and in a bounded read where to end."""
        source = self._source
        if not partition_exists(source.settings, *element):
            return OffsetRange(0, ENDLESS)
        with group_client(source.settings, source.group) as client:
            stop = end_offset(client, *element) if source.until_end else ENDLESS
            start = start_offset(
                client, *element, source.start if source.group or source.start != "committed" else "earliest"
            )
        return OffsetRange(min(start, stop), stop)

    def create_tracker(self, restriction: OffsetRange) -> _Tracker:
        """Track offsets."""
        return _Tracker(restriction)

    def restriction_size(self, _element: tuple[str, int], restriction: OffsetRange) -> int:
        """Count the offsets of a bounded read; an endless one has no size."""
        return 1 if restriction.stop == ENDLESS else max(1, restriction.size())

    def split(self, _element: tuple[str, int], restriction: OffsetRange) -> Iterator[OffsetRange]:
        """Keep a partition whole: its records must stay in order."""
        yield restriction

    def truncate(self, _element: tuple[str, int], _restriction: OffsetRange) -> None:
        """Stop reading when the runner drains the job."""

    @beam.DoFn.unbounded_per_element()
    def process(
        self,
        element: tuple[str, int],
        finalizer: Any = beam.DoFn.BundleFinalizerParam,
        tracker: Any = beam.DoFn.RestrictionParam(),
        watermark: Any = beam.DoFn.WatermarkEstimatorParam(ManualWatermarkEstimator.default_provider()),
    ) -> Iterator[Any]:
        """Emit RawBatch elements with the time Kafka gave their last record."""
        source, (topic, number) = self._source, element
        restriction = tracker.current_restriction()
        position, stop = restriction.start, restriction.stop
        if position >= stop:
            return
        if not partition_exists(source.settings, topic, number):
            if stop_requested():
                tracker.try_claim(stop)
                return
            _advance_idle(watermark)
            tracker.defer_remainder(Duration(seconds=_SPARE_SECONDS))
            return
        with partition_reader(source.settings, topic, number, position) as reader:
            yield from self._poll(reader, tracker, watermark)
            reached = reader.position
            if reader.lost:
                self._lost.inc(reader.lost)
                reader.lost = 0
        offset = position if source.commit_behind else reached
        if source.group and offset > last_commit(source.settings, source.group, topic, number):
            finalizer.register(partial(_commit, source, topic, number, offset))

    def _poll(self, reader: PartitionReader, tracker: Any, watermark: Any) -> Iterator[Any]:
        topic, number = reader.partition
        pace = self._source.pace
        deadline, taken = time.monotonic() + pace.seconds, 0
        while taken < pace.records and time.monotonic() < deadline:
            stop = tracker.current_restriction().stop
            if stop_requested() or reader.position >= stop:
                # Claiming the end says that this restriction is done: here the job may drain.
                tracker.try_claim(stop)
                return
            wait = 0.0 if taken else _IDLE_SECONDS / max(1, readers_in_use() + 1)
            records = _before(reader.poll(wait, _RECORDS_A_BATCH), stop)
            if not records:
                if reader.position >= stop:
                    continue
                break
            if not tracker.try_claim(records[-1].offset):
                # The runner took the end of the restriction away; what lies before the cut is still ours.
                records = _before(records, tracker.current_restriction().stop)
            taken += len(records)
            if records:
                reader.position = records[-1].offset + 1
                time_of_last = Timestamp(micros=records[-1].timestamp * 1000)
                batch = RawBatch(topic, number, [(one.offset, one.value) for one in records])
                yield TimestampedValue(batch, time_of_last)
                _advance(watermark, time_of_last)
        if not taken:
            _advance_idle(watermark)
        tracker.defer_remainder(Duration(seconds=0 if taken else _IDLE_SECONDS))


def _commit(source: KafkaSource, topic: str, number: int, offset: int) -> None:
    """Commit an offset when what is known by then is written."""
    group = source.group or ""
    if source.commit_behind:
        offset = _behind.committable((group, topic, number), offset)
        if offset <= last_commit(source.settings, group, topic, number):
            return
    else:
        write_waiting()
    commit_offset(source.settings, group, topic, number, offset)


def _before(records: list[Any], stop: int) -> list[Any]:
    """Leave out what a restriction does not reach; mostly nothing."""
    return [one for one in records if one.offset < stop] if records and records[-1].offset >= stop else records


def _advance_idle(watermark: Any) -> None:
    _advance(watermark, Timestamp.of(time.time() - _IDLE_LAG_SECONDS))


def _advance(watermark: Any, time_reached: Timestamp) -> None:
    current = watermark.current_watermark()
    if current is None or time_reached > current:
        watermark.set_watermark(time_reached)
