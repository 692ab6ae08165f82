"""How far the reading of files has come, for a progress bar of the same process."""

from __future__ import annotations

import threading

_lock = threading.Lock()
_read = 0


def advance(count: int) -> None:
    """Say that so many more bytes have been read."""
    global _read  # noqa: PLW0603  one number of the process, read by one bar
    with _lock:
        _read += count


def bytes_read() -> int:
    """Return how many bytes of files this process has read."""
    return _read
