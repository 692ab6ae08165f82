"""The truth loop: random programs run against a moto server, and their records give the snapshots the server holds.

The records are displaced by up to the healing time and partly delivered twice before the core gets them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from iamdrift.drift.record import Drift
from iamdrift.drift.snapshot_json import snapshot_json
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.arrival import DEFAULT_LATENESS
from programs import ACCOUNT, World
from truth.recorder import Recorder
from truth.server import NEEDED_IN_MOTO, NOT_COMPARED, NOT_COMPARED_IF_RENAMED, NOT_IN_MOTO, resources

_PROGRAMS, _CALLS, _SEED = 200, 45, 20260901
_START = 1_788_220_800
_RENAMING = ("NewUserName", "NewGroupName")
_NAMING = (
    "RoleName",
    "UserName",
    "GroupName",
    "InstanceProfileName",
    "PolicyArn",
    "PolicyName",
    "NewUserName",
    "NewGroupName",
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Start a moto server on a free port of this machine."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def _run(endpoint: str, chance: random.Random) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Run one program in an empty account; return its records and what the server holds then."""
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    client = boto3.client(
        "iam",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    recorder = Recorder(client, ACCOUNT)
    recorder.clock = _START
    this_second: set[frozenset[str]] = set()
    moved: set[str] = set()  # names that were given or freed this second: who they are then, no record tells
    for name, parameters in World(chance, managed=False).program(_CALLS):
        step = chance.choice((0, 0, 1, 30, 200))
        renames = any(one in parameters for one in _RENAMING)
        used = set(map(str, parameters.values()))
        if step or _slot(parameters) in this_second or moved & used:
            recorder.clock += max(step, 1)
            this_second.clear()
            moved.clear()
        this_second.add(_slot(parameters))
        moved |= used if renames else set()
        if name in NOT_IN_MOTO or (name in NEEDED_IN_MOTO and NEEDED_IN_MOTO[name][0] not in parameters):
            continue
        # A failed call is a record too, and must change nothing.
        with contextlib.suppress(ClientError):
            client._make_api_call(name, parameters)
    return recorder.records, resources(client)


def _slot(parameters: dict[str, Any]) -> frozenset[str]:
    """Name what a call writes: two that write the same in one second have no order that their records could tell."""
    return frozenset(parameters[name] for name in _NAMING if name in parameters)


def _delivered(records: list[dict[str, Any]], chance: random.Random) -> list[bytes]:
    arrivals = []
    for place, one in enumerate(records):
        for _ in range(chance.choice((1, 1, 1, 2))):
            time = datetime.fromisoformat(one["eventTime"]).timestamp() * 1000
            arrivals.append((time + chance.randrange(DEFAULT_LATENESS), place, json.dumps(one).encode()))
    return [message for *_, message in sorted(arrivals)]


def _known(messages: list[bytes]) -> dict[str, dict[str, Any]]:
    """Return what the core knows to exist in the end, in the server's terms."""
    core = Core(RuleSet.of(()))
    assert all(isinstance(one, Drift) for one in core.take_all(list(messages)))
    found = {}
    for key, snapshot in core.snapshots().items():
        shown = json.loads(snapshot_json(key, snapshot))
        if not shown["exists"]:
            continue
        attributes = {name: side.get("known", side) for name, side in shown["attributes"].items()}
        found[f"{key.kind}/{shown['name']}"] = {**attributes, "arn": shown["arn"], "unique_id": shown["unique_id"]}
    return found


def _check(endpoint: str, seed: int) -> None:
    chance = random.Random(seed)
    records, truth = _run(endpoint, chance)
    known = _known(_delivered(records, chance))
    assert known.keys() == truth.keys(), f"seed {seed}"
    renamed = _renamed(records)
    for name, attributes in truth.items():
        kind = name.partition("/")[0]
        for attribute, value in attributes.items():
            left_out = (kind, attribute) in NOT_COMPARED_IF_RENAMED and name in renamed
            if (kind, attribute) not in NOT_COMPARED and not left_out:
                assert known[name][attribute] == value, f"seed {seed}: {attribute} of {name}"


def _renamed(records: list[dict[str, Any]]) -> set[str]:
    """Return `kind/name` of all that a rename took or gave."""
    found = set()
    for kind in ("User", "Group"):
        for one in records:
            if one["eventName"] == f"Update{kind}" and "errorCode" not in one:
                request = one["requestParameters"]
                names = (request[f"{kind.lower()}Name"], request.get(f"new{kind}Name", ""))
                found |= {f"{kind.lower()}/{name}" for name in names}
    return found


def test_programs_end_as_the_server_says(endpoint: str) -> None:
    """The snapshots after two hundred programs are the server's, attribute by attribute."""
    for number in range(_PROGRAMS):
        _check(endpoint, _SEED + number)


def test_a_program_of_today(endpoint: str) -> None:
    """One program that nobody has run before; its seed is in the message when it fails, and printed."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    _check(endpoint, seed)
