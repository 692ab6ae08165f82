"""What is stored of a resource can be read again: today, after an upgrade, and with a clear error where it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamdrift import resources
from iamdrift.errors import StateError
from iamdrift.iam import state as stored
from iamdrift.iam.arrival import arrive
from iamdrift.iam.change import CREATE, LEARN, PUT, Change, Op
from iamdrift.iam.snapshot import Snapshot
from iamdrift.iam.state import (
    ResourceState,
    decode_snapshot,
    decode_state,
    encode_snapshot,
    encode_state,
    log_entry,
    unseen,
)

_HOUR = 3_600_000


def _history() -> ResourceState:
    """Make a state with something in its base and something in its log."""
    state = unseen("role")
    for number, ops in enumerate([(Op(LEARN, "name", "", "x"), Op(CREATE)), (Op(PUT, "tags", "a", "b"),)]):
        arrival = arrive(state, Change.of(number * _HOUR, f"e{number}", ops))
        assert arrival is not None
        state = arrival.state
    assert state.base_time == 0
    assert state.log
    return state


@pytest.fixture
def known_schemas(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Say which schemas state may have; `older.avsc` has not got the generation yet."""
    union = json.loads(resources.schema("state.avsc"))
    union[1]["fields"] = [field for field in union[1]["fields"] if field["name"] != "generation"]
    texts = {"older.avsc": json.dumps(union), "state.avsc": resources.schema("state.avsc")}
    monkeypatch.setattr(stored, "schema", texts.__getitem__)

    def know(*names: str) -> None:
        monkeypatch.setattr(stored, "_SCHEMA_FILES", names)
        for cached in (stored._known, stored._today, stored.unseen):
            cached.cache_clear()

    yield know
    know("state.avsc")


def test_state_round_trips() -> None:
    """What is written is read back, with the snapshot that base and log come to."""
    state = _history()
    assert state.head.name == "x"
    assert decode_state(encode_state(state)) == state


@given(
    st.integers(-(2**62), 2**62),
    st.integers(0, 4),
    st.text(max_size=60),
    st.lists(st.builds(Op, st.text(), st.text(max_size=3), st.text(min_size=30), st.text())),
    st.binary(max_size=300),
)
def test_what_is_written_by_hand_is_avro(time: int, rank: int, event_id: str, ops: list[Op], cause: bytes) -> None:
    """Log entries and states, which are written without fastavro, have the bytes that fastavro gives them."""
    union = json.loads(resources.schema("state.avsc"))
    change = Change(time, rank, event_id, tuple(ops), cause)
    entry = {"time": time, "rank": rank, "event_id": event_id, "ops": [text for op in ops for text in op]}
    log = _avro(union[2], {**entry, "cause": cause})
    assert log_entry(change).data == log
    nothing = Snapshot("role")
    state = ResourceState(nothing, nothing, time, b"base", time, (log_entry(change),), cause)
    fields = {"head_time": time, "base": b"base", "base_time": time, "log": log, "log_start": time, "seen": cause}
    assert encode_state(state)[11:] == _avro(union[0], fields)


def _avro(record: dict[str, Any], value: dict[str, Any]) -> bytes:
    out = BytesIO()
    fastavro.schemaless_writer(out, record, value)
    return out.getvalue()


def test_state_of_an_older_schema_is_read(known_schemas: Callable[..., None]) -> None:
    """After an upgrade, base and log in old bytes are read by their own schema; a new field has its default."""
    state = _history()
    base = decode_snapshot(state.base)
    known_schemas("older.avsc")
    old = encode_state(msgspec.structs.replace(state, base=encode_snapshot(base)))
    known_schemas("state.avsc", "older.avsc")
    new = decode_state(old)
    assert (state.head.generation, new.head.generation) == (1, 0)
    assert new.head.collections == state.head.collections
    assert decode_state(encode_state(new)) == new


def test_a_generation_before_is_read_by_its_own_schema_too(known_schemas: Callable[..., None]) -> None:
    """What a resource was before it was deleted lies inside its snapshot, in bytes of the same age."""
    gone = msgspec.structs.replace(_history().head, exists=False, last=_history().head)
    known_schemas("older.avsc")
    state = ResourceState(gone, gone, 0, encode_snapshot(gone))
    old = encode_state(state)
    known_schemas("state.avsc", "older.avsc")
    last = decode_state(old).head.last
    assert last is not None
    assert last.collections == _history().head.collections


@pytest.mark.parametrize("damage", ["cut", "unknown", "empty"])
def test_damaged_and_unknown_state_is_an_error(damage: str) -> None:
    """State that cannot be read is an error of ours, whatever its bytes."""
    good = encode_state(_history())
    bad = {"cut": good[:-5], "unknown": b"\xc3\x01" + bytes(8) + good[10:], "empty": b""}[damage]
    with pytest.raises(StateError, match=r"damaged|fingerprint"):
        decode_state(bad)
