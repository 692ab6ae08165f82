"""The condition language: what it accepts, how it prints, what it means, what it says when it is wrong."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import read_cases
from iamdrift.falco.condition.cursor import ConditionError, place_in
from iamdrift.falco.condition.parser import parse_condition
from iamdrift.falco.condition.syntax import And, Compare, Exists, FieldRef, Not, Or, Transformed, Value, Values
from iamdrift.falco.fields.field import Field, FieldSet, FieldType
from iamdrift.falco.matching.compile import compile_condition
from iamdrift.falco.matching.index import demands

_TYPES = {"x": FieldType.STRING, "n": FieldType.UINT64, "l": FieldType.LIST, "b": FieldType.BOOL}
_FIELDS = FieldSet(
    Field(f"{prefix}.{name}", kind, "", lambda event, at=f"{prefix}.{name}": event.get(at))
    for prefix, kind in _TYPES.items()
    for name in ("a", "b")
)


@pytest.mark.parametrize(("condition", "expected"), read_cases(__file__, "parse.cases"))
def test_parsing(condition: str, expected: Any) -> None:
    """A condition is printed as the engine prints it, or refused at the column where the engine is."""
    if isinstance(expected, str):
        assert str(parse_condition(condition)) == expected
        return
    with pytest.raises(ConditionError) as caught:
        parse_condition(condition)
    assert expected[0] in caught.value.message
    assert place_in(condition, caught.value.at).column == expected[1]


@pytest.mark.parametrize(("condition", "event", "expected"), read_cases(__file__, "evaluate.cases"))
def test_meaning(condition: str, event: dict[str, Any], expected: bool) -> None:
    """A condition says of an event what Falco says of it."""
    assert compile_condition(parse_condition(condition), _FIELDS)(event) is expected


@pytest.mark.parametrize(("condition", "message"), read_cases(__file__, "errors.cases"))
def test_errors(condition: str, message: str) -> None:
    """A condition that makes no sense is refused at load."""
    with pytest.raises(ConditionError) as caught:
        compile_condition(parse_condition(condition), _FIELDS)
    assert message in str(caught.value)


@pytest.mark.parametrize(("levels", "accepted"), [(199, True), (200, False), (100_000, False)])
def test_depth(levels: int, accepted: bool) -> None:
    """Parentheses nest 199 deep and no deeper; what does nest so deep also compiles."""
    condition = f"{'(' * levels}x.a = y{')' * levels}"
    if accepted:
        assert compile_condition(parse_condition(condition), _FIELDS)({"x.a": "y"})
    else:
        with pytest.raises(ConditionError, match="exceeded max depth limit of 1000"):
            parse_condition(condition)


def test_deep_trees() -> None:
    """The deepest condition of alternating parts is parsed, printed, compiled and evaluated."""
    levels = 190
    condition = "x.a = y"
    for level in range(levels):
        condition = f"not (x.b = z {'and' if level % 2 else 'or'} {condition})"
    node = parse_condition(condition)
    assert parse_condition(str(node)) == node
    assert compile_condition(node, _FIELDS)({"x.a": "y", "x.b": "z"}) in (True, False)


_fields = st.builds(FieldRef, st.sampled_from(["x.a", "evt.name", "drift.policy_arn"]))
_operands = st.one_of(_fields, st.builds(Transformed, st.just("tolower"), st.tuples(_fields)))
# Falco prints a value with brackets or commas bare, and an empty one as nothing, which does not parse back; and a quote
# after a backslash never ends a value.
_texts = st.text(alphabet="ab =\\\"'\né\x01", min_size=1, max_size=6).filter(lambda text: text[-1] != "\\")
_leaves = st.one_of(
    st.builds(Exists, _operands),
    st.builds(Compare, _operands, st.sampled_from(["=", "!=", "contains", "glob"]), st.builds(Value, _texts)),
    st.builds(
        Compare,
        _operands,
        st.sampled_from(["=", "glob"]),
        st.builds(Values, st.lists(_texts, max_size=3).map(tuple)),
        st.sampled_from(["oneof", "anyof", "allof"]),
    ),
    st.builds(Compare, _operands, st.just("in"), st.builds(Values, st.lists(_texts, max_size=3).map(tuple))),
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        inner.filter(lambda node: not isinstance(node, Not)).map(Not),
    ),
    max_leaves=8,
)


@given(_trees)
def test_printing_round_trips(tree: Any) -> None:
    """A printed condition parses to the same tree."""
    assert parse_condition(str(tree)) == tree


@given(st.text(alphabet="()anort xy.=\"'\\,[]in<>1 ", max_size=40))
def test_any_text_is_answered(text: str) -> None:
    """Whatever is typed is parsed or refused, and never breaks the parser."""
    with suppress(ConditionError):
        parse_condition(text)


_compares = st.builds(
    lambda field, operator, values: Compare(
        FieldRef(field), operator, Values(values) if operator in ("in", "intersects") else Value(values[0])
    ),
    st.sampled_from(["x.a", "x.b"]),
    st.sampled_from(["=", "==", "!=", "in", "intersects", "contains"]),
    st.lists(st.sampled_from(["p", "q", "r"]), min_size=1, max_size=3).map(tuple),
)
_conditions = st.recursive(
    _compares,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        inner.map(Not),
    ),
    max_leaves=10,
)


@given(_conditions, st.fixed_dictionaries({}, optional={name: st.sampled_from("pqr") for name in ("x.a", "x.b")}))
def test_demands_are_sound(condition: Any, event: dict[str, str]) -> None:
    """A condition that is true of an event demands nothing that the event has not."""
    if compile_condition(condition, _FIELDS)(event):
        assert all(event.get(field.name) in values for field, values in demands(condition).items())


def test_hostile_patterns_stay_linear() -> None:
    """A pattern made to make matching explode does not."""
    value = {"x.a": "a" * 50_000}
    started = time.process_time()
    for condition in ("x.a glob *a*a*a*a*a*a*a*a*b", "x.a regex '(a*)*b'", "x.a pmatch (*a*a*a*a*a*b)"):
        assert not compile_condition(parse_condition(condition), _FIELDS)(value)
    # Backtracking would take years; this only tells the two apart.
    assert time.process_time() - started < 30
