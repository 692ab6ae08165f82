"""A small story of real-shaped CloudTrail records, in the envelopes they travel in, as `make demo` produces them.

A pipeline makes a role; somebody opens it to another account, makes it an administrator and takes its boundary away.
Between that: reads, another service, a duplicate, a late delivery, a failed call, a digest and a broken record.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

ACCOUNT = "123456789012"
_ROLE, _USER, _POLICY = (f"arn:aws:iam::{ACCOUNT}:{kind}/" for kind in ("role", "user", "policy"))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _trust(*principals: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    return _json({"Version": "2012-10-17", "Statement": [statement]})


def _session(role: str, session: str, role_id: str) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": _ROLE + role,
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2025-12-06T07:00:00Z", "mfaAuthenticated": "true"},
        },
    }


CI = _session("ci-deploy", "build-4711", "AROACIDEPLOYEXAMPLE01")
ADMIN = _session("AWSReservedSSO_AdministratorAccess_0123456789abcdef", "admin@example.com", "AROASSOADMINEXAMPLE01")


def record(
    number: int,
    time: str,
    who: dict[str, Any],
    event: str,
    request: dict[str, Any] | None,
    response: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Make a CloudTrail record; `more` replaces or adds members."""
    return {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": f"2025-12-06T{time}Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": event,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.24",
        "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.8" if who is CI else "Mozilla/5.0",
        "requestParameters": request,
        "responseElements": response,
        "requestID": f"7d7c3e51-0000-4000-8000-{number:012d}",
        "eventID": f"3f1c9a40-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "sessionCredentialFromConsole": "true" if who is ADMIN else "false",
        **more,
    }


_BASTION = _trust(_ROLE + "Bastion")
_BOUNDARY = _POLICY + "DeveloperBoundary"

CREATE_ROLE = record(
    1,
    "07:20:00",
    CI,
    "CreateRole",
    {
        "roleName": "MyAppRole",
        "path": "/",
        "assumeRolePolicyDocument": _BASTION,
        "description": "what the app runs as",
        "permissionsBoundary": _BOUNDARY,
        "tags": [{"key": "team", "value": "payments"}],
    },
    {
        "role": {
            "path": "/",
            "roleName": "MyAppRole",
            "roleId": "AROAMYAPPROLEEXAMPLE1",
            "arn": _ROLE + "MyAppRole",
            "createDate": "Dec 6, 2025, 7:20:00 AM",
            "assumeRolePolicyDocument": quote(_BASTION),
        }
    },
)
PUT_POLICY = record(
    2,
    "07:20:00",
    CI,
    "PutRolePolicy",
    {
        "roleName": "MyAppRole",
        "policyName": "read-orders",
        "policyDocument": _json(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Action": "dynamodb:GetItem",
                    "Resource": "arn:aws:dynamodb:*:*:table/orders",
                },
            }
        ),
    },
)
ATTACH_READ = record(
    3,
    "07:20:01",
    CI,
    "AttachRolePolicy",
    {"roleName": "MyAppRole", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
)
LIST_ROLES = record(4, "07:22:10", ADMIN, "ListRoles", None, readOnly=True)
GET_OBJECT = record(
    5, "07:23:40", CI, "GetObject", {"bucketName": "orders"}, eventSource="s3.amazonaws.com", readOnly=True
)
DENIED = record(
    6,
    "07:28:30",
    _session("developer", "dev@example.com", "AROADEVELOPEREXAMPLE1"),
    "AttachRolePolicy",
    None,
    errorCode="AccessDenied",
    errorMessage="User is not authorized to perform: iam:AttachRolePolicy on resource: role MyAppRole",
)
OPEN_TRUST = record(
    7,
    "07:30:00",
    ADMIN,
    "UpdateAssumeRolePolicy",
    {"roleName": "MyAppRole", "policyDocument": _trust(_ROLE + "Bastion", _ROLE + "NewTrustedRole")},
)
SAME_TRUST = record(
    8,
    "07:31:00",
    CI,
    "UpdateAssumeRolePolicy",
    {"roleName": "MyAppRole", "policyDocument": _trust(_ROLE + "NewTrustedRole", _ROLE + "Bastion")},
)
ATTACH_ADMIN = record(
    9,
    "07:32:15",
    ADMIN,
    "AttachRolePolicy",
    {"roleName": "MyAppRole", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
)
DROP_BOUNDARY = record(10, "07:32:40", ADMIN, "DeleteRolePermissionsBoundary", {"roleName": "MyAppRole"})
UNTAG = record(11, "07:31:30", ADMIN, "UntagRole", {"roleName": "MyAppRole", "tagKeys": ["team"]})
EVERYTHING = record(
    12,
    "07:34:00",
    ADMIN,
    "PutRolePolicy",
    {
        "roleName": "MyAppRole",
        "policyName": "read-orders",
        "policyDocument": _json(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ),
    },
)
DETACH_UNSEEN = record(
    13,
    "07:35:00",
    ADMIN,
    "DetachUserPolicy",
    {"userName": "break-glass", "policyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"},
)


def _eventbridge(one: dict[str, Any]) -> bytes:
    event = {
        "version": "0",
        "id": one["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
    }
    return _json({**event, "account": ACCOUNT, "region": "us-east-1", "resources": [], "detail": one}).encode()


def _s3_file(*records: dict[str, Any]) -> bytes:
    return gzip.compress(_json({"Records": records}).encode(), mtime=0)


def _cloudwatch(*records: dict[str, Any]) -> bytes:
    events = [{"id": str(i), "timestamp": 1765006000000, "message": _json(one)} for i, one in enumerate(records)]
    message = {"messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "trail", "logEvents": events}
    return base64.b64encode(gzip.compress(_json(message).encode(), mtime=0))


def messages() -> list[bytes]:
    """Return the story as Kafka values, in the order of delivery."""
    return [
        _s3_file(CREATE_ROLE, PUT_POLICY, LIST_ROLES),
        _json(ATTACH_READ).encode(),
        _json(GET_OBJECT).encode(),
        _json(DENIED).encode(),
        _eventbridge(OPEN_TRUST),
        _json(SAME_TRUST).encode(),
        _json(OPEN_TRUST).encode(),
        _cloudwatch(ATTACH_ADMIN, DROP_BOUNDARY),
        _json(UNTAG).encode(),
        _json({"digestS3Object": "AWSLogs/digest.json.gz", "logFiles": []}).encode(),
        b'{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"CreateUs',
        _json(EVERYTHING).encode(),
        _json(DETACH_UNSEEN).encode(),
    ]
