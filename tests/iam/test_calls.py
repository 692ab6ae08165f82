"""The call table against AWS's own model of IAM."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from iamdrift.iam.attributes import KINDS
from iamdrift.iam.calls import CALLS, Call
from iamdrift.iam.effects import Effect, When

_MODEL = botocore.session.get_session().get_service_model("iam")


def _fields(effects: tuple[Effect, ...]) -> Any:
    for effect in effects:
        for name in ("field", "element"):
            if path := getattr(effect, name, None):
                yield path
        if isinstance(effect, When):
            yield from _fields(effect.effects)


def _attributes(effects: tuple[Effect, ...]) -> Any:
    for effect in effects:
        yield from (getattr(effect, name) for name in ("attribute", "collection") if getattr(effect, name, None))
        if isinstance(effect, When):
            yield from _attributes(effect.effects)


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_row_agrees_with_the_model(call: Call) -> None:
    """A row's call exists, and so does every request and response field it reads, with its first letter lowered."""
    operation = _MODEL.operation_model(call.name)
    for path in (*call.named_by, *_fields(call.effects)):
        side, *steps = path.split(".")
        shape = operation.input_shape if side == "rq" else operation.output_shape
        if shape is None or (path in call.named_by[1:] and operation.output_shape is None):
            assert path in call.named_by[1:], f"{path}: the call has no such side"
            continue
        for step in steps:
            lowered = {name[0].lower() + name[1:]: member for name, member in shape.members.items()}
            if path in call.named_by[1:] and step not in lowered:
                break
            assert step in lowered, f"{path} is not in {sorted(lowered)}"
            shape = lowered[step]


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_row_names_attributes_of_its_kind(call: Call) -> None:
    """A row changes only attributes that its kind of resource has."""
    assert set(_attributes(call.effects)) <= KINDS[call.kind].keys()
