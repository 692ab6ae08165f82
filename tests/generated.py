"""Generated CloudTrail records: plausible histories of IAM, in order, out of order, and delivered twice."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "123456789012"
_START = datetime(2026, 9, 1, tzinfo=UTC)


def _document(chance: random.Random) -> str:
    actions = chance.sample(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "iam:PassRole", "sqs:SendMessage"], 2)
    statement = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": f"arn:aws:s3:::bucket-{chance.randrange(50)}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust(chance: random.Random) -> str:
    service = chance.choice(["lambda", "ec2", "ecs-tasks"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def record(number: int, name: str, request: dict[str, Any], response: dict[str, Any] | None = None) -> dict[str, Any]:
    """Make a record; its number gives event id and time, one a second."""
    time = (_START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    identity = {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/ops",
        "accountId": ACCOUNT,
        "userName": "ops",
    }
    return {
        "eventVersion": "1.10",
        "userIdentity": identity,
        "eventTime": time,
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.17.9",
        "requestParameters": request,
        "responseElements": response,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    }


def history(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Make that many records over some roles, users and policies, in the order of their times.

    Each touches one resource only, so that `resource_of` can put all of a resource into one partition.
    """
    chance = random.Random(seed)
    records = []
    for number in range(count):
        role, user = f"role-{chance.randrange(200)}", f"user-{chance.randrange(40)}"
        policy = f"arn:aws:iam::{ACCOUNT}:policy/policy-{chance.randrange(30)}"
        attached = f"arn:aws:iam::aws:policy/{chance.choice(['ReadOnlyAccess', 'AdministratorAccess'])}"
        name, request, response = chance.choice(
            [
                ("CreateRole", {"roleName": role, "assumeRolePolicyDocument": _trust(chance)}, None),
                ("UpdateAssumeRolePolicy", {"roleName": role, "policyDocument": _trust(chance)}, None),
                ("AttachRolePolicy", {"roleName": role, "policyArn": attached}, None),
                ("DetachRolePolicy", {"roleName": role, "policyArn": attached}, None),
                (
                    "PutRolePolicy",
                    {"roleName": role, "policyName": "inline", "policyDocument": _document(chance)},
                    None,
                ),
                (
                    "TagRole",
                    {"roleName": role, "tags": [{"key": "team", "value": str(chance.randrange(9))}]},
                    None,
                ),
                ("AttachUserPolicy", {"userName": user, "policyArn": attached}, None),
                ("DeleteUserPermissionsBoundary", {"userName": user}, None),
                (
                    "CreatePolicyVersion",
                    {"policyArn": policy, "policyDocument": _document(chance), "setAsDefault": True},
                    {"policyVersion": {"versionId": f"v{chance.randrange(2, 6)}", "isDefaultVersion": True}},
                ),
            ]
        )
        records.append(record(number, name, request, response))
    return records


def delivered(records: list[dict[str, Any]], seed: int = 7) -> list[dict[str, Any]]:
    """Shuffle records within ten minutes and deliver every tenth twice, as CloudTrail does."""
    chance = random.Random(seed)
    twice = [*records, *chance.sample(records, len(records) // 10)]
    numbered = [(int(one["eventID"][-12:]) + chance.uniform(0, 600), at, one) for at, one in enumerate(twice)]
    return [one for *_, one in sorted(numbered, key=lambda entry: entry[:2])]


def resource_of(one: dict[str, Any]) -> str:
    """Name what a record touches, so that a resource can be kept in one partition."""
    request = one["requestParameters"]
    return str(request.get("roleName") or request.get("userName") or request["policyArn"])
