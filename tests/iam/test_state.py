"""What is stored of a resource can be read again: today, after an upgrade, and with a clear error where it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from iamdrift import resources
from iamdrift.errors import StateError
from iamdrift.iam import state as stored
from iamdrift.iam.arrival import arrive
from iamdrift.iam.change import CREATE, LEARN, PUT, Change, Op
from iamdrift.iam.state import ResourceState, decode_state, encode_state, unseen

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
def older(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write state with a schema that has not got the generation yet."""
    union = json.loads(resources.schema("state.avsc"))
    union[1]["fields"] = [field for field in union[1]["fields"] if field["name"] != "generation"]
    read = resources.schema
    texts = {"older.avsc": json.dumps(union)}
    monkeypatch.setattr(stored, "schema", lambda name: texts.get(name) or read(name))
    monkeypatch.setattr(stored, "_SCHEMA_FILES", ("older.avsc", "state.avsc"))
    forget = (stored._known.cache_clear, stored._today.cache_clear, stored.unseen.cache_clear)
    for one in forget:
        one()
    yield
    for one in forget:
        one()


def test_state_round_trips() -> None:
    """What is written is read back, with the snapshot that base and log come to."""
    state = _history()
    assert state.head.name == "x"
    assert decode_state(encode_state(state)) == state


def test_state_of_an_older_schema_is_read(older: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade the base and the log of old bytes are read with their own schema; a new field has its default."""
    state = _history()
    old = encode_state(state)
    monkeypatch.setattr(stored, "_SCHEMA_FILES", ("state.avsc", "older.avsc"))
    stored._known.cache_clear()
    stored._today.cache_clear()
    new = decode_state(old)
    assert new.head.generation == 0
    assert new.head.collections == state.head.collections
    assert decode_state(encode_state(new)) == new


@pytest.mark.parametrize("damage", ["cut", "unknown", "empty"])
def test_damaged_and_unknown_state_is_an_error(damage: str) -> None:
    """State that cannot be read is an error of ours, whatever its bytes."""
    good = encode_state(_history())
    bad = {"cut": good[:-5], "unknown": b"\xc3\x01" + bytes(8) + good[10:], "empty": b""}[damage]
    with pytest.raises(StateError, match="damaged|fingerprint"):
        decode_state(bad)
