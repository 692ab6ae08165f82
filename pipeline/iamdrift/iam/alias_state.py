"""The bytes of what is kept of names: an Avro single-object encoding, as that of a resource (state.py)."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from io import BytesIO
from typing import Any

import fastavro
import msgspec
from fastavro.schema import parse_schema

from iamdrift.errors import StateError
from iamdrift.iam.aliases import Aliases, Holder
from iamdrift.iam.avro_binary import single_object_header
from iamdrift.iam.bounds import Bounds
from iamdrift.iam.renames import Rename
from iamdrift.resources import schema

# Schemas that aliases may have been written with; the first is written today.
_SCHEMA_FILES = ("aliases.avsc",)
_HEADER = 10


@cache
def _known() -> dict[bytes, Any]:
    written = [json.loads(schema(name)) for name in _SCHEMA_FILES]
    return {single_object_header(one): parse_schema(one) for one in written}


def encode_aliases(aliases: Aliases) -> bytes:
    """Return the bytes of aliases, fingerprint in front."""
    header, today = next(iter(_known().items()))
    out = BytesIO()
    out.write(header)
    datum = {
        "renames": [msgspec.structs.asdict(one) for one in aliases.renames],
        "settled": {f"{kind}/{name}": key for (kind, name), key in aliases.settled.items()},
        "holders": [msgspec.structs.asdict(one) for one in sorted(aliases.holders)],
        "bounds": msgspec.to_builtins(aliases.bounds),
        "horizon": aliases.horizon,
        "since": aliases.since,
    }
    fastavro.schemaless_writer(out, today, datum)
    return out.getvalue()


@lru_cache(maxsize=64)
def decode_aliases(data: bytes) -> Aliases:
    """Read the bytes of aliases. Raises StateError when they are of an unknown schema or damaged."""
    written, today = _known().get(data[:_HEADER]), next(iter(_known().values()))
    if written is None:
        raise StateError(f"stored names have the unknown schema fingerprint {data[2:_HEADER].hex()}")
    try:
        datum: Any = fastavro.schemaless_reader(BytesIO(data[_HEADER:]), written, None if written is today else today)
    except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
        raise StateError(f"stored names are damaged: {error}") from error
    settled = {}
    for slot, key in datum["settled"].items():
        kind, _, name = slot.partition("/")
        settled[kind, name] = key
    return Aliases(
        tuple(Rename(**one) for one in datum["renames"]),
        settled,
        frozenset(Holder(**one) for one in datum["holders"]),
        msgspec.convert(datum["bounds"], Bounds),
        datum["horizon"],
        datum["since"],
    )
