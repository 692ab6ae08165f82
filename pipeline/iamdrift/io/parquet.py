"""Writing Parquet, Hive-partitioned by day and account: `dt=2025-12-06/account=123456789012/part-….parquet`.

Beam's own Parquet writers gave no file in endless jobs, so this one buffers in a bundle and writes at its end, or
earlier when the buffer is large. A file is written under a temporary name in `_tmp` and then renamed: a reader of the
folder sees whole files or none. What a killed worker leaves in `_tmp` is removed by later ones after an hour.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from iamdrift.errors import FilePlace, TransportError
from iamdrift.io.arrow_schema import arrow_schema
from iamdrift.io.arrow_table import Row, arrow_table

_ROWS_IN_BUFFER = 20_000
_STALE_SECONDS = 3600.0
_TEMPORARY = "_tmp"
_DAY_MS = 86_400_000


class WriteParquet(beam.DoFn):
    """Write elements as rows of a record schema into a table, a folder below `root`; nowhere without a root.

    `to_row` gives the row, the event time in epoch milliseconds, and the account. Raises TransportError when the
    folder cannot be written.
    """

    def __init__(self, root: str, table: str, schema_name: str, to_row: Callable[[Any], tuple[Row, int, str]]) -> None:
        super().__init__()
        self._root = root
        self._table = table
        self._schema_name = schema_name
        self._to_row = to_row
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._buffered = 0

    def setup(self) -> None:
        """Make the folder and sweep what a killed worker left."""
        self._schema = arrow_schema(self._schema_name)
        if not self._root:
            return
        self._folder = f"{self._root}/{self._table}"
        try:
            temporary = Path(self._folder, _TEMPORARY)
            temporary.mkdir(parents=True, exist_ok=True)
            sweep(temporary, older_than=time.time() - _STALE_SECONDS)
        except OSError as error:
            raise TransportError(f"cannot write here: {error}", FilePlace(self._folder)) from error

    def start_bundle(self) -> None:
        """Begin with an empty buffer."""
        self._rows, self._buffered = defaultdict(list), 0

    def process(self, element: Any) -> None:
        """Buffer one row."""
        if not self._root:
            return
        row, time_ms, account = self._to_row(element)
        self._rows[_day(time_ms // _DAY_MS), account].append(row)
        self._buffered += 1
        if self._buffered >= _ROWS_IN_BUFFER:
            self._flush()

    def finish_bundle(self) -> None:
        """Write what the bundle buffered."""
        if self._buffered:
            self._flush()

    def _flush(self) -> None:
        for (day, account), rows in self._rows.items():
            write_file(Path(self._folder), f"dt={day}/account={account}", arrow_table(rows, self._schema))
        self._rows, self._buffered = defaultdict(list), 0


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * _DAY_MS / 1000, UTC).strftime("%Y-%m-%d")


def write_file(folder: Path, partition: str, table: pa.Table) -> Path:
    """Write one file into a partition of a folder so that it appears whole; returns its path.

    Raises TransportError when the file system refuses.
    """
    name = f"part-{uuid.uuid4().hex}.parquet"
    # The temporary name must not end in .parquet: readers look for `**/*.parquet`.
    temporary, target = folder / _TEMPORARY / f"{name}.tmp", folder / partition / name
    try:
        pq.write_table(table, temporary, compression="zstd")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.rename(target)
    except OSError as error:
        raise TransportError(f"cannot write the file: {error}", FilePlace(str(target))) from error
    return target


def sweep(temporary: Path, older_than: float) -> None:
    """Remove temporary files last written before a time (seconds since the epoch)."""
    for file in temporary.glob("*.tmp"):
        try:
            if file.stat().st_mtime < older_than:
                file.unlink()
        except FileNotFoundError:
            continue  # another worker swept it
