"""CloudTrail records of the calls a boto3 client makes, in the shape that CloudTrail gives them.

Parameters and results are those of the call, with the first letter of a member lowered; documents in results are
percent-encoded; a result without content is null; secrets are left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

_SECRET = frozenset(["Password", "OldPassword", "NewPassword", "SecretAccessKey", "PrivateKey"])
_DOCUMENTS = frozenset(["AssumeRolePolicyDocument", "PolicyDocument", "Document"])


class Recorder:
    """Hooks into a client and keeps a record of every call; `clock` is the event time of the next one, in seconds."""

    def __init__(self, client: Any, account: str) -> None:
        self._account = account
        self._parameters: dict[str, Any] = {}
        self.clock = 0
        self.records: list[dict[str, Any]] = []
        client.meta.events.register("provide-client-params.iam.*", self._before)
        client.meta.events.register("after-call.iam.*", self._after)

    def _before(self, params: dict[str, Any], **_: Any) -> None:
        self._parameters = params

    def _after(self, model: Any, http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        if model.name.startswith(("Get", "List")):
            return
        number = len(self.records)
        record = {
            "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "userName": "ops", "accountId": self._account},
            "eventTime": datetime.fromtimestamp(self.clock, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": "iam.amazonaws.com",
            "eventName": model.name,
            "awsRegion": "us-east-1",
            "requestParameters": _lowered(self._parameters),
            "responseElements": None,
            "eventID": f"00000000-0000-4000-8000-{number:012d}",
            "readOnly": False,
            "recipientAccountId": self._account,
        }
        error = parsed.get("Error")
        if error or http_response.status_code >= 400:
            record |= {"errorCode": (error or {}).get("Code", "Unknown"), "errorMessage": (error or {}).get("Message")}
        else:
            result = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
            record["responseElements"] = _lowered(result, result=True) or None
        self.records.append(record)


def _lowered(value: Any, *, result: bool = False) -> Any:
    if isinstance(value, dict):
        lowered = {}
        for name, inner in value.items():
            if name not in _SECRET:
                encoded = result and name in _DOCUMENTS
                lowered[name[0].lower() + name[1:]] = _document(inner) if encoded else _lowered(inner, result=result)
        return lowered
    if isinstance(value, list):
        return [_lowered(inner, result=result) for inner in value]
    return value.strftime("%b %d, %Y %I:%M:%S %p") if isinstance(value, datetime) else value


def _document(value: Any) -> str:
    return quote(value if isinstance(value, str) else json.dumps(value))
