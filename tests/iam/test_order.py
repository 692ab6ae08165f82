"""The law of order: within the healing time neither disorder nor duplicates change what is known in the end."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from iamdrift.iam.arrival import DEFAULT_LATENESS, LATE, SUPERSEDED, arrive
from iamdrift.iam.change import CREATE, DELETE, DISCARD, DROP, PUT, SET, Change, Op
from iamdrift.iam.state import ResourceState, decode_state, encode_state, unseen

_MINUTE = 60_000
_names = st.sampled_from(["a", "b", "c"])
_ops = st.one_of(
    st.builds(lambda n: Op(PUT, "managed_policy_arns", n), _names),
    st.builds(lambda n: Op(DROP, "managed_policy_arns", n), _names),
    st.builds(lambda n, v: Op(PUT, "tags", n, v), _names, st.text(max_size=3)),
    st.builds(lambda n: Op(DISCARD, "tags", n), _names),
    st.builds(lambda v: Op(SET, "description", "", v), st.text(max_size=3)),
    st.sampled_from([Op(CREATE), Op(DELETE)]),
)


@st.composite
def _histories(draw: Any) -> tuple[list[Change], list[Change]]:
    """Draw a history, and the same displaced by less than the healing time and partly delivered twice."""
    ops = draw(st.lists(_ops, min_size=1, max_size=25))
    steps = draw(st.lists(st.integers(0, 15 * 60), min_size=len(ops), max_size=len(ops)))
    time, history = 0, []
    for number, (op, step) in enumerate(zip(ops, steps, strict=True)):
        time += step * 1000
        history.append(Change.of(time, f"event-{number}", (op,)))
    delays = draw(st.lists(st.integers(0, DEFAULT_LATENESS - 1), min_size=len(ops), max_size=len(ops)))
    again = draw(st.lists(st.integers(0, len(ops) - 1), max_size=4))
    arrivals = [(one.time + delay, one) for one, delay in zip(history, delays, strict=True)]
    arrivals += [(history[i].time + delays[i] // 2, history[i]) for i in again]
    return history, [one for _, one in sorted(arrivals, key=lambda pair: pair[0])]


def _fold(changes: list[Change]) -> ResourceState:
    state = unseen("role")
    for change in changes:
        if (arrival := arrive(decode_state(encode_state(state)), change)) is not None:
            state = arrival.state
    return state


@settings(max_examples=300, deadline=None)
@given(_histories())
def test_any_delivery_gives_the_same_snapshot(histories: tuple[list[Change], list[Change]]) -> None:
    """Delivered late, out of order and twice, a history ends in the snapshot of the ordered one."""
    history, delivery = histories
    ordered = sorted(history, key=lambda change: change[:3])
    assert _fold(delivery).head == _fold(ordered).head


def test_state_stays_bounded() -> None:
    """The log is folded as time moves: 5,000 changes of one resource leave a small state."""
    state = unseen("role")
    for number in range(5000):
        op = Op(PUT, "tags", f"key-{number % 5}", str(number))
        arrival = arrive(state, Change.of(number * _MINUTE, f"event-{number}", (op,)))
        assert arrival is not None
        state = arrival.state
    assert len(state.log) <= 42
    assert len(encode_state(state)) < 20_000


def test_a_late_change_is_flagged_and_put_in_its_place() -> None:
    """A change that arrives after a later one of the same attribute does not undo it."""
    early, late = (Change.of(t, f"e{t}", (Op(SET, "description", "", str(t)),)) for t in (1, 2))
    first = arrive(unseen("role"), late)
    assert first is not None
    second = arrive(first.state, early)
    assert second is not None
    assert second.told.flags == (LATE,)
    assert second.told.after.scalars["description"] == "1"
    assert second.state.head.scalars["description"] == "2"


def test_a_change_older_than_the_base_is_superseded() -> None:
    """What comes too late to be ordered, and was written over since, says so and changes nothing."""
    state = unseen("role")
    for minute in (10, 60, 120):
        arrival = arrive(state, Change.of(minute * _MINUTE, f"e{minute}", (Op(SET, "description", "", str(minute)),)))
        assert arrival is not None
        state = arrival.state
    arrival = arrive(state, Change.of(_MINUTE, "old", (Op(SET, "description", "", "old"),)))
    assert arrival is not None
    assert arrival.told.flags == (LATE, SUPERSEDED)
    assert arrival.state.head == state.head
