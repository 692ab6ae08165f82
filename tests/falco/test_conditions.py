"""The condition language: what it accepts, what it means, what it says when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import read_cases
from iamdrift.errors import RuleError
from iamdrift.falco.compile import compile_condition
from iamdrift.falco.fields import Field, FieldSet, FieldType
from iamdrift.falco.parser import parse_condition
from iamdrift.falco.syntax import Among, And, Compare, Exists, FieldRef, Not, Or

_TYPES = {"x": FieldType.STRING, "n": FieldType.UINT64, "l": FieldType.LIST, "b": FieldType.BOOL}
_FIELDS = FieldSet(
    Field(f"{prefix}.{name}", kind, lambda event, at=f"{prefix}.{name}": event.get(at))
    for prefix, kind in _TYPES.items()
    for name in ("a", "b")
)


@pytest.mark.parametrize(("condition", "event", "expected"), read_cases(__file__, "evaluate.cases"))
def test_meaning(condition: str, event: dict[str, Any], expected: bool) -> None:
    """A condition says of an event what Falco says of it."""
    assert compile_condition(parse_condition(condition), _FIELDS)(event) is expected


@pytest.mark.parametrize(("condition", "message"), read_cases(__file__, "errors.cases"))
def test_errors(condition: str, message: str) -> None:
    """A wrong condition is refused at load, with what was expected."""
    with pytest.raises(RuleError) as caught:
        compile_condition(parse_condition(condition), _FIELDS)
    assert message in str(caught.value)


_fields = st.builds(FieldRef, st.sampled_from(["x.a", "evt.name", "drift.policy_arn"]))
# Falco prints a value with brackets or commas bare, which does not parse back; those are left out.
_values = st.text(alphabet="ab =\\\"'\né", min_size=1, max_size=6)
_leaves = st.one_of(
    st.builds(Exists, _fields),
    st.builds(Compare, _fields, st.sampled_from(["=", "!=", "contains", "glob"]), _values),
    st.builds(Among, _fields, st.just("in"), st.lists(_values, max_size=3).map(tuple)),
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
