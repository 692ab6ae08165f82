"""How Beam's state cache weighs what it holds: the one place where we reach into Beam.

Beam 2.77 sizes every value it puts into the cache with `objsize`, which walks the globals of all loaded modules each
time: over four fifths of the time of a stateful job on the local runner. Our state is one cell of bytes a key, whose
size is its length, so lists of bytes are weighed by that; anything else is left to Beam. The weights only decide what
the cache evicts. `bench/state_cache.py` measures the job with and without this.
"""

from __future__ import annotations

import logging
from typing import Any

from apache_beam.runners.worker import statecache

_LOGGER = logging.getLogger(__name__)
_OVERHEAD = 64  # of a list or a bytes object, about

_deep_size = getattr(statecache, "get_deep_size", None)


def size_of_bytes(*values: Any) -> int:
    """Return the size of lists of bytes from their lengths, and of anything else as Beam does."""
    size = 0
    for value in values:
        if type(value) is list and all(type(one) is bytes for one in value):
            size += _OVERHEAD + sum(len(one) + _OVERHEAD for one in value)
        elif _deep_size is not None:
            size += _deep_size(value)
    return size


def install() -> None:
    """Make the state cache of this process weigh bytes by their length; does nothing where Beam has changed."""
    if _deep_size is None:
        _LOGGER.warning("this Beam has no statecache.get_deep_size; its state cache is left as it is")
    elif statecache.get_deep_size is not size_of_bytes:
        statecache.get_deep_size = size_of_bytes
