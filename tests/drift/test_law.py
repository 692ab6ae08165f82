"""The law of the whole core: whatever way a history is delivered, the same is known and told in the end.

Histories are valid calls over several resources, many in the same second; they are delivered displaced by up to the
healing time and partly twice.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.engine import RuleSet
from iamdrift.iam.arrival import CORRECTION, DEFAULT_LATENESS, LATE
from programs import ACCOUNT, Step, World

_START = datetime(2026, 9, 1, tzinfo=UTC)
_RULES = RuleSet.of(())


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lowered(inner) for name, inner in value.items()}
    return [_lowered(inner) for inner in value] if isinstance(value, list) else value


def _record(number: int, seconds: int, step: Step, versions: dict[str, int]) -> bytes:
    name, parameters = step
    response: dict[str, Any] | None = None
    if name == "CreatePolicy":
        versions[parameters["PolicyName"]] = 1
        arn = f"arn:aws:iam::{ACCOUNT}:policy/team/{parameters['PolicyName']}"
        response = {"policy": {"arn": arn, "defaultVersionId": "v1", "policyId": f"ANPA{number}"}}
    elif name == "CreatePolicyVersion":
        policy = parameters["PolicyArn"].rpartition("/")[2]
        versions[policy] += 1
        response = {"policyVersion": {"versionId": f"v{versions[policy]}"}}
    elif name.startswith("Create"):
        kind = name.removeprefix("Create").lower()
        response = {kind: {"arn": f"arn:aws:iam::{ACCOUNT}:{kind}/x{number}", f"{kind}Id": f"ID{number}"}}
    body = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "userName": "ops", "accountId": ACCOUNT},
        "eventTime": (_START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": _lowered(parameters),
        "responseElements": response,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": ACCOUNT,
    }
    return json.dumps(body).encode()


def _outcome(messages: list[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the snapshots in the end, and the drift records by id once corrections are applied."""
    core = Core(_RULES)
    told: dict[str, Any] = {}
    for result in core.take_all(list(messages)):
        assert isinstance(result, Drift), result
        body = json.loads(drift_json(result))
        body["flags"] = sorted(set(body["flags"]) - {LATE, CORRECTION})
        told[result.id] = body
    told = {identity: body for identity, body in told.items() if body["changes"]}
    return {str(key): snapshot for key, snapshot in core.snapshots().items()}, told


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(2, 40), gap=st.sampled_from([0.3, 2, 60, 400]))
def test_any_delivery_tells_the_same(seed: int, length: int, gap: float) -> None:
    """Displaced by less than the healing time and delivered twice, a history tells what the ordered one tells."""
    chance = random.Random(seed)
    time, messages, arrivals = 0.0, [], []
    versions: dict[str, int] = {}
    for number, step in enumerate(World(chance).program(length)):
        time += chance.random() * 2 * gap
        message = _record(number, int(time), step, versions)
        messages.append(message)
        arrivals += [
            (int(time) * 1000 + chance.randrange(DEFAULT_LATENESS), message) for _ in range(chance.choice((1, 1, 2)))
        ]
    delivered = [message for _, message in sorted(arrivals, key=lambda pair: pair[0])]
    assert _outcome(delivered) == _outcome(messages)
