"""Rows to an Arrow table, column by column: several times faster than from mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

Row = tuple[Any, ...]


def arrow_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Make a table of rows whose values stand in the order of the schema; a struct is a tuple of its values."""
    return pa.Table.from_arrays(_arrays(rows, schema), schema=schema)


def _arrays(rows: Iterable[Row], fields: Iterable[pa.Field[Any]]) -> list[Any]:
    columns = zip(*rows, strict=True)
    return [_array(column, field.type) for column, field in zip(columns, fields, strict=True)]


def _array(values: tuple[Any, ...], kind: pa.DataType) -> Any:
    if isinstance(kind, pa.StructType):
        fields = list(kind)
        return pa.StructArray.from_arrays(_arrays(values, fields), fields=fields)
    return pa.array(values, type=kind)
