"""Random histories of valid calls as CloudTrail records, in order and as they may be delivered."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from iamdrift.iam.arrival import DEFAULT_LATENESS
from programs import ACCOUNT, Step, World

_START = datetime(2026, 9, 1, tzinfo=UTC)


def history(seed: int, length: int, gap: float) -> tuple[list[bytes], list[bytes]]:
    """Return the messages of a history in order, and displaced by less than the healing time and partly twice.

    `gap` is the mean time between calls in seconds; many fall into the same second where it is small.
    """
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
    return messages, [message for _, message in sorted(arrivals, key=lambda pair: pair[0])]


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
        "eventType": "AwsApiCall",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": _lowered(parameters),
        "responseElements": response,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": ACCOUNT,
    }
    return json.dumps(body).encode()
