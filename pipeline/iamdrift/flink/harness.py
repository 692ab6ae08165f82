"""The Python process of a job on Flink: Beam's worker, with our settings of memory, ending when its pool ends."""

from __future__ import annotations

import os
import sys
import threading
import time

from apache_beam.runners.worker import sdk_worker_main

import iamdrift.graph  # noqa: F401  (what every job needs is loaded before the collector settles)
from iamdrift.runner import settle_memory

_LOOK_SECONDS = 1.0


def main() -> None:
    """Run Beam's worker until the runner ends it."""
    threading.Thread(target=_end_with_pool, args=(os.getppid(),), daemon=True).start()
    settle_memory()
    sdk_worker_main.main(sys.argv)


def _end_with_pool(pool: int) -> None:
    """End this process when the pool that started it is gone, however it went: no worker is left to write late."""
    while os.getppid() == pool:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
