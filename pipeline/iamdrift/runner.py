"""Running a job on this machine, and stopping it cleanly.

The local runner is named: plain `DirectRunner` picks among three runners of different behaviour, by whether the
machine has a network.
"""

from __future__ import annotations

import gc
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from iamdrift import metrics
from iamdrift.errors import TransportError
from iamdrift.graph import Job, build
from iamdrift.io.kafka_reader import close_clients
from iamdrift.io.kafka_sink import close_producers
from iamdrift.io.snapshot_topic import close_writers
from iamdrift.io.stop import forget_stop, request_stop

_OURS = re.compile(r"^iamdrift\.errors\.\w+: (.*?)(?: \[while running .*)?$", re.MULTILINE)


def run_local(job: Job) -> dict[str, int]:
    """Run a job in this process until its source ends or a signal asks to stop; returns the counters.

    Raises what a step raised, without Beam's wrapping.
    """
    forget_stop()
    settle_memory()
    try:
        with _stopped_by_signals():
            pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
            build(pipeline, job)
            return metrics.counts(pipeline.run())
    except RuntimeError as error:
        # The runner hands a step's exception on as text.
        found = _OURS.findall(str(error))
        if not found:
            raise
        raise TransportError(found[-1]) from error
    finally:
        close_producers()
        close_writers()
        close_clients()


def settle_memory() -> None:
    """Keep the garbage collector off what stays.

    Beam and our tables are not looked at again, and a collection comes after 50,000 new objects instead of 700: the
    values of a bundle die young without it. Worth about a tenth of the time of a job.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the job through its sinks; a second one ends it at once."""

    def stop(number: int, _frame: FrameType | None) -> None:
        request_stop()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
