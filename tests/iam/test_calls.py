"""The call table against AWS's own models: no call without a row, no row that reads what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from cases import read_cases
from generated import record
from iamdrift.cloudtrail.event import parse_event
from iamdrift.iam.attributes import KINDS
from iamdrift.iam.calls import CALLS, Also, Call
from iamdrift.iam.calls.assumed import ASSUMED
from iamdrift.iam.calls.row import IAM, IDENTITY_CENTER, IDENTITY_STORE, ORGANIZATIONS
from iamdrift.iam.coverage import coverage
from iamdrift.iam.effects import Effect, ReplaceMap, SetMap, When
from iamdrift.iam.route import route

_READING = ("Get", "List", "Describe", "Simulate", "Generate", "IsMemberInGroups")
_SERVICES = {IAM: "iam", IDENTITY_CENTER: "sso-admin", IDENTITY_STORE: "identitystore", ORGANIZATIONS: "organizations"}
_SESSION = botocore.session.get_session()
_MODELS = {source: _SESSION.get_service_model(service) for source, service in _SERVICES.items()}
_ROWS = [call for call in CALLS.values() if call.source in _MODELS]


def _effects(call: Call) -> Iterator[tuple[str, Effect]]:
    """Give every effect of a call with the kind of resource it is on."""
    parts: list[Call | Also] = [call, *call.also]
    for part in parts:
        waiting = list(part.effects)
        while waiting:
            effect = waiting.pop()
            yield part.kind, effect
            if isinstance(effect, When):
                waiting.extend(effect.effects)


def _fields(call: Call) -> Iterator[str]:
    """Give every field a call reads from request or response."""
    paths = [*call.named_by, *(path for also in call.also for path in also.named_by)]
    for _, effect in _effects(call):
        paths += [path for name in ("field", "element") if (path := getattr(effect, name, None))]
        if isinstance(effect, SetMap):
            paths += [field for _, field, _ in effect.entries]
        if isinstance(effect, ReplaceMap):
            paths += [f"{effect.field}.{effect.key}", f"{effect.field}.{effect.value}"]
    for path in paths:
        for part in path.removeprefix("join:").split(","):
            for choice in part.split("|"):
                plain = choice.removeprefix("sha256:")
                if not plain.startswith(("=", "@")):
                    yield plain


@pytest.mark.parametrize(
    ("source", "least"), [(IAM, 108), (IDENTITY_CENTER, 40), (IDENTITY_STORE, 9), (ORGANIZATIONS, 34)]
)
def test_every_mutating_call_has_a_row(source: str, least: int) -> None:
    """The mutating calls of the installed botocore are the rows of the table, no more and no less."""
    mutating = {name for name in _MODELS[source].operation_names if not name.startswith(_READING)}
    assert {call.name for call in _ROWS if call.source == source} == mutating
    assert len(mutating) >= least


@pytest.mark.parametrize("call", _ROWS, ids=lambda call: f"{call.source.split('.')[0]}-{call.name}")
def test_row_agrees_with_the_model(call: Call) -> None:
    """Every request and response field that a row reads exists, with its first letter lowered."""
    operation = _MODELS[call.source].operation_model(call.name)
    for path in _fields(call):
        side, *steps = path.split(".")
        shape = {"rq": operation.input_shape, "rs": operation.output_shape}[side]
        for step in steps:
            while shape is not None and shape.type_name == "list":
                shape = shape.member
            assert shape is not None, f"{path}: the call has no such side"
            lowered = {name[0].lower() + name[1:]: member for name, member in shape.members.items()}
            assert step in lowered, f"{path} is not in {sorted(lowered)}"
            shape = lowered[step]


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: f"{call.source.split('.')[0]}-{call.name}")
def test_row_names_attributes_of_its_kind(call: Call) -> None:
    """A row changes only attributes that its kind of resource has."""
    for kind, effect in _effects(call):
        named = {getattr(effect, name) for name in ("attribute", "collection") if getattr(effect, name, None)}
        assert all(named <= KINDS[one].keys() for one in kind.split("|"))


@pytest.mark.parametrize("case", read_cases(__file__, "touches.cases"), ids=lambda case: case[0])
def test_touches(case: list[Any]) -> None:
    """A call touches every resource it changes, the one whose rights change first."""
    name, parameters, keys, source, response = [*case, *[IAM, None][len(case) - 3 :]]
    touches = route(parse_event(_bytes({**record(1, name, parameters, response), "eventSource": source})))
    assert [str(touch.key).split(":", 3)[3] for touch in touches] == keys
    assert [touch.primary for touch in touches] == [True] + [False] * (len(keys) - 1)


def test_credentials_of_root_belong_to_the_account() -> None:
    """A key that root makes for itself is the account's."""
    key = {"accessKey": {"accessKeyId": "AKIA1", "status": "Active"}}
    one = {**record(1, "CreateAccessKey", {}, key), "userIdentity": {"type": "Root", "accountId": "123456789012"}}
    (touch,) = route(parse_event(_bytes(one)))
    assert (touch.key.kind, touch.key.name) == ("account", "123456789012")


def _bytes(one: dict[str, Any]) -> bytes:
    return json.dumps(one).encode()


def test_what_is_taken_for_granted_names_rows() -> None:
    """An assumption is about calls that are in the table, and stands in what coverage tells of them."""
    for one in ASSUMED:
        named = one.calls or tuple(name for source, name in CALLS if source == one.source)
        assert named
        assert all((one.source, name) in CALLS for name in named)
    told = {row.call: row.assumes for row in coverage()}
    assert told["UpdateRole"][0] == "documented: without maxSessionDuration it goes back to 3600"
    assert told["DeleteRole"] == ()
