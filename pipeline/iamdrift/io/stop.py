"""The request to stop, seen by every source of this process.

The local runner has no way to end an unbounded job from inside; a signal handler sets this flag, sources then claim
to be at their end, and the job drains through its sinks as a bounded one does.
"""

from __future__ import annotations

import threading

_stop = threading.Event()


def request_stop() -> None:
    """Ask all sources of this process to end."""
    _stop.set()


def stop_requested() -> bool:
    """Whether somebody asked to stop."""
    return _stop.is_set()


def wait_or_stop(seconds: float) -> bool:
    """Wait that long, or until somebody asks to stop; returns whether somebody did."""
    return _stop.wait(seconds)


def forget_stop() -> None:
    """Take the request back, for the next job in the same process."""
    _stop.clear()
