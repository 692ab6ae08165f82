"""The Arrow schema of a record, made from its Avro schema: one description of a record, two file formats."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from iamdrift.resources import schema

_PRIMITIVES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bytes": pa.binary(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
}


def arrow_schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a record schema by its file name, as `drift.avsc`."""
    return pa.schema(_fields(json.loads(schema(name))))


def _fields(record: dict[str, Any]) -> list[pa.Field[Any]]:
    return [_field(field["name"], field["type"]) for field in record["fields"]]


def _field(name: str, avro: Any) -> pa.Field[Any]:
    if isinstance(avro, list):
        (kind,) = (branch for branch in avro if branch != "null")
        return pa.field(name, _type(kind), nullable=True)
    return pa.field(name, _type(avro), nullable=False)


def _type(avro: Any) -> pa.DataType:
    if isinstance(avro, str):
        return _PRIMITIVES[avro]
    if avro.get("logicalType") == "timestamp-millis":
        return pa.timestamp("ms", tz="UTC")
    if avro["type"] == "array":
        return pa.list_(_type(avro["items"]))
    if avro["type"] == "map":
        return pa.map_(pa.string(), _type(avro["values"]))
    if avro["type"] == "record":
        return pa.struct(_fields(avro))
    return _PRIMITIVES[avro["type"]]
