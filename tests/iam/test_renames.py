"""Users, groups and server certificates can be renamed; what is known of them goes along, in any order of arrival."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from generated import record
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam import aliases as aliases_module
from iamdrift.iam.alias_state import decode_aliases, encode_aliases
from iamdrift.iam.aliases import Aliases, Holder
from iamdrift.iam.bounds import Bounds, Rebound
from iamdrift.iam.renames import Rename, in_order
from iamdrift.iam.snapshot import Snapshot

_POLICY = "arn:aws:iam::123456789012:policy/team/App"
_HOUR = 3600


def _run(*records: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Snapshot]]:
    """Return the records in the end by `event on key`, and the snapshots by `kind/name` of the key."""
    core, told = Core(RuleSet.of(())), {}
    for result in core.take_all([json.dumps(one).encode() for one in records]):
        assert isinstance(result, Drift), result
        told[result.id] = json.loads(drift_json(result))
    by_event = {f"{one['event']} on {one['target']['key'].split(':')[-1]}": one for one in told.values()}
    return (
        {name: one for name, one in by_event.items() if one["changes"]},
        {f"{key.kind}/{key.name}": snapshot for key, snapshot in core.snapshots().items() if key.kind != "caller"},
    )


def _user(number: int, name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::123456789012:user/team/{name}"
    return record(number, "CreateUser", {"userName": name, "path": "/team/"}, {"user": {"arn": arn, "userId": "AIDA1"}})


def _renamed(number: int, old: str, new: str) -> dict[str, Any]:
    return record(number, "UpdateUser", {"userName": old, "newUserName": new})


def _tagged(number: int, name: str, tag: str) -> dict[str, Any]:
    return record(number, "TagUser", {"userName": name, "tags": [{"key": tag, "value": "1"}]})


def test_a_rename_is_one_record_with_both_names() -> None:
    """The record of a rename says name and ARN before and after; the key stays that of the first known name."""
    told, known = _run(_user(1, "kit"), _renamed(2, "kit", "Sam"))
    drift = told["UpdateUser on user/kit"]
    assert drift["changes"] == {
        "name": {"from": "kit", "to": "Sam"},
        "arn": {
            "from": "arn:aws:iam::123456789012:user/team/kit",
            "to": "arn:aws:iam::123456789012:user/team/Sam",
        },
    }
    assert drift["target"]["name"] == "Sam"
    assert (known["user/kit"].name, known["user/kit"].unique_id) == ("Sam", "AIDA1")


def test_a_rename_of_somebody_unknown_proves_the_old_name() -> None:
    """Without anything known before, the old name is still told; the ARN is not guessed."""
    told, known = _run(_renamed(2, "kit", "sam"))
    assert told["UpdateUser on user/kit"]["changes"] == {"name": {"from": "kit", "to": "sam"}}
    assert known["user/kit"].arn == ""


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_any_order_of_arrival_comes_to_the_same(order: tuple[int, ...]) -> None:
    """What was put under the new name before the rename came is moved, and told again where it belongs."""
    history = [_user(1, "kit"), _tagged(2, "kit", "a"), _renamed(3, "kit", "sam"), _tagged(4, "sam", "b")]
    told, known = _run(*(history[at] for at in order))
    assert set(told) == {f"{name} on user/kit" for name in ("CreateUser", "TagUser", "UpdateUser")}
    assert set(known) == {"user/kit"}
    assert known["user/kit"].collection("tags").items == {"a": "1", "b": "1"}
    assert known["user/kit"].name == "sam"


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_who_is_named_in_others_is_renamed_there(order: tuple[int, ...]) -> None:
    """Policies and groups know a user by the name it has now, whichever event came first."""
    history = [
        record(1, "AttachUserPolicy", {"userName": "kit", "policyArn": _POLICY}),
        record(2, "AddUserToGroup", {"userName": "kit", "groupName": "Ops"}),
        _renamed(3, "kit", "sam"),
        record(4, "UpdateGroup", {"groupName": "Ops", "newGroupName": "Operators"}),
    ]
    _, known = _run(*(history[at] for at in order))
    assert set(known["policy/app"].collection("attached_users").items) == {"sam"}
    assert set(known["group/ops"].collection("users").items) == {"sam"}
    assert set(known["user/kit"].collection("groups").items) == {"Operators"}


def test_a_name_that_became_free_is_somebody_else() -> None:
    """Who gets the old name later is another user, with a key of its own, and so on through a swap of names."""
    _, known = _run(
        _user(1, "kit"),
        _renamed(2, "kit", "sam"),
        _user(3, "kit"),
        _tagged(4, "kit", "new"),
        _tagged(5, "sam", "old"),
        _renamed(6, "kit", "max"),
        _renamed(7, "sam", "kit"),
        _tagged(8, "kit", "back"),
    )
    second = next(name for name in known if name.startswith("user/kit#"))
    assert set(known["user/kit"].collection("tags").items) == {"old", "back"}
    assert set(known[second].collection("tags").items) == {"new"}
    assert [known[name].name for name in ("user/kit", second)] == ["kit", "max"]


def test_names_are_passed_on_in_one_second() -> None:
    """Two renames of one second happen in the order in which the names were there to be used."""
    _, known = _run(_user(1, "kit"), _renamed(2, "kit", "sam") | {"eventID": "z"}, _renamed(2, "sam", "max"))
    assert set(known) == {"user/kit"}
    assert known["user/kit"].name == "max"
    swap = (Rename("user", 1, "b", "x", "y"), Rename("user", 1, "a", "y", "x"))
    assert set(in_order(swap)) == set(swap)


@pytest.mark.parametrize("remembered", [1024, 0])
def test_an_old_rename_is_still_known(remembered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long after a rename, when its records are forgotten, names stand for whom they did; a repeat changes nothing."""
    monkeypatch.setattr(aliases_module, "_RENAMES_KEPT", remembered)
    rename = _renamed(2, "kit", "sam")
    _, known = _run(
        record(1, "AttachUserPolicy", {"userName": "kit", "policyArn": _POLICY}),
        rename,
        _tagged(3 * _HOUR, "sam", "a"),
        _tagged(6 * _HOUR, "sam", "b"),
        rename,
        _tagged(6 * _HOUR + 1, "sam", "c"),
        _renamed(6 * _HOUR + 2, "sam", "max"),
    )
    assert set(known) == {"user/kit", "policy/app"}
    assert set(known["user/kit"].collection("tags").items) == {"a", "b", "c"}
    assert set(known["policy/app"].collection("attached_users").items) == {"max"}


def test_old_records_that_come_again_are_known() -> None:
    """After a crash records come again, hours of event time old; under the names of then they are duplicates."""
    old = [_user(1, "kit"), _tagged(2, "kit", "a"), _renamed(3, "kit", "sam"), _tagged(4, "sam", "b")]
    told, known = _run(*old, _tagged(3 * _HOUR, "sam", "c"), _tagged(6 * _HOUR, "sam", "d"), *old)
    assert set(known) == {"user/kit"}
    assert {one["flags"] == [] for one in told.values()} == {True}


def test_a_renamed_certificate_keeps_its_state() -> None:
    """Server certificates are renamed as users are."""
    _, known = _run(
        record(1, "TagServerCertificate", {"serverCertificateName": "web", "tags": [{"key": "a", "value": "1"}]}),
        record(3, "UntagServerCertificate", {"serverCertificateName": "web-2", "tagKeys": ["a"]}),
        record(2, "UpdateServerCertificate", {"serverCertificateName": "web", "newServerCertificateName": "web-2"}),
    )
    assert set(known) == {"server-certificate/web"}
    assert known["server-certificate/web"].collection("tags").absent == {"a"}


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_a_policy_knows_whom_it_bounds_no_longer(order: tuple[int, ...]) -> None:
    """A policy that was replaced as the boundary, or whose role is gone, is told, in any order of arrival."""
    other = _POLICY.replace("App", "Other")
    history = [
        record(1, "PutRolePermissionsBoundary", {"roleName": "App", "permissionsBoundary": _POLICY}),
        record(2, "PutRolePermissionsBoundary", {"roleName": "App", "permissionsBoundary": other}),
        record(3, "PutUserPermissionsBoundary", {"userName": "kit", "permissionsBoundary": _POLICY}),
        record(4, "DeleteRole", {"roleName": "App"}),
    ]
    _, known = _run(*(history[at] for at in order))
    for policy in ("policy/app", "policy/other"):
        assert known[policy].collection("boundary_for_roles").items == {}
    assert set(known["policy/app"].collection("boundary_for_users").items) == {"kit"}
    _, known = _run(*history, record(5, "DeleteUserPermissionsBoundary", {"userName": "kit"}))
    assert known["policy/app"].collection("boundary_for_users").items == {}


def test_a_failed_rename_moves_nothing() -> None:
    """An attempt to rename is told of and leaves names as they are."""
    failed = _renamed(2, "kit", "sam") | {"errorCode": "AccessDenied"}
    _, known = _run(_user(1, "kit"), failed, _tagged(3, "sam", "a"))
    assert set(known) == {"user/kit", "user/sam"}


def test_names_round_trip() -> None:
    """What is stored of names is read back."""
    aliases = Aliases(
        (Rename("user", 5, "e", "Kit", "sam"),),
        {("group", "ops"): "ops#3"},
        frozenset([Holder("user", "kit", "iam:aws:1:policy/p"), Holder("user", "sam", "iam:aws:1:policy/p")]),
        Bounds((Rebound("user", "kit", 5, "e", ""),), ("iam:aws:1:policy/p",)),
        6,
        7,
    )
    assert decode_aliases(encode_aliases(aliases)) == aliases
