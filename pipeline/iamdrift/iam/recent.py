"""Decoded states of the resources this process saw last, so that most events need not decode at all.

An entry holds the bytes it was decoded from and serves only while the stored bytes are the same: it is a memory of a
pure function, never a second truth.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from threading import Lock

from iamdrift.iam.state import ResourceState, decode_state, encode_state

_LIMIT = 128 * 2**20


class RecentStates:
    """The states that came last, by resource key, as many as have together `limit` bytes when they are stored.

    Threads may share it.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._lock = Lock()
        self._entries: OrderedDict[bytes, tuple[bytes, ResourceState]] = OrderedDict()

    def decode(self, key: bytes, stored: bytes) -> ResourceState:
        """Return the state in the stored bytes. Raises StateError as decode_state does."""
        entry = self._entries.get(key)
        if entry is not None and entry[0] == stored:
            return entry[1]
        return decode_state(stored)

    def encode(self, key: bytes, state: ResourceState) -> bytes:
        """Return the bytes of a state and remember both."""
        stored = encode_state(state)
        entries = self._entries
        with self._lock:
            if known := entries.pop(key, None):
                self._size -= len(known[0])
            entries[key] = stored, state
            self._size += len(stored)
            while self._size > self._limit:
                _, (oldest, _) = entries.popitem(last=False)
                self._size -= len(oldest)
        return stored


@cache
def recent_states() -> RecentStates:
    """Return the one of this process: a runner may hold a step many times over."""
    return RecentStates()
