"""Parquet files appear whole, where readers look for them, and nothing else does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from iamdrift.io import parquet
from iamdrift.io.arrow_schema import arrow_schema


def test_a_reader_sees_whole_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file is being written, nothing that ends in .parquet is there."""
    (tmp_path / "_tmp").mkdir()
    seen: list[list[Path]] = []
    write = pq.write_table

    def spy(table: Any, where: Any, **options: Any) -> None:
        write(table, where, **options)
        seen.append(list(tmp_path.rglob("*.parquet")))

    monkeypatch.setattr(parquet.pq, "write_table", spy)
    written = parquet.write_file(tmp_path, "dt=2026-01-01/account=1", pa.table({"a": [1]}))
    assert seen == [[]]
    assert list(tmp_path.rglob("*.parquet")) == [written]
    assert pq.read_table(written).num_rows == 1


def test_leftovers_of_a_killed_worker_are_swept(tmp_path: Path) -> None:
    """Temporary files are removed once they are old, and not before."""
    old, new = tmp_path / "old.parquet.tmp", tmp_path / "new.parquet.tmp"
    for file in (old, new):
        file.touch()
    os.utime(old, (1, 1))
    parquet.sweep(tmp_path, older_than=1000)
    assert [file.name for file in tmp_path.iterdir()] == [new.name]


def test_columns_are_typed() -> None:
    """Columns have the types of the Avro schema: times, structs, lists."""
    schema = arrow_schema("drift.avsc")
    assert schema.field("timestamp").type == pa.timestamp("ms", tz="UTC")
    assert schema.field("target").type.field("generation").type == pa.int32()
    assert schema.field("flags").type == pa.list_(pa.string())
    assert schema.field("event_id").nullable
