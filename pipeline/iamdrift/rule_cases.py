"""The cases that stand beside rules: which events must raise a rule's alert, and which must not.

A file is about one rule, which it names, or whose name it has. Under `fires` and `silent` stand cases, each with

- `name`;
- `calls`: the events, in order, one a second. Each is the name of a call with its request parameters; beside that it
  may have a `response`, an `error`, `minutes` that pass before it, and a `record` whose members replace those of it;
- `events`: whole CloudTrail records instead, or after the calls;
- `before`: calls that came earlier, for the state they leave; what they alarm does not count;
- `record`: members that replace those of every record of the case;
- `own_accounts`: the setting of that name;
- `alert`, of a case that fires: the `output`, the `priority` and some `fields` that the alert must have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml

from iamdrift.errors import FilePlace, RuleError
from iamdrift.iam.calls import CALLS
from iamdrift.iam.calls.row import IAM

ACCOUNT = "123456789012"
_START = datetime(2026, 9, 1, tzinfo=UTC)
_BESIDE = frozenset(["response", "error", "minutes", "record"])


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an alert must be, as far as a case says."""

    output: str | None = None
    priority: str | None = None
    fields: dict[str, Any] = {}


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case, as written."""

    name: str
    calls: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    before: list[dict[str, Any]] = []
    record: dict[str, Any] = {}
    own_accounts: tuple[str, ...] = ()
    alert: Expected | None = None

    def records(self) -> tuple[list[bytes], list[bytes]]:
        """Return the records of `before`, and those that count. Raises RuleError for a call that is none."""
        made = list(_made([*self.before, *self.calls], self.record))
        whole = [{**event, **self.record} for event in self.events]
        lines = [json.dumps(one).encode() for one in (*made, *whole)]
        return lines[: len(self.before)], lines[len(self.before) :]


class RuleCases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cases of a rule."""

    rule: str = ""
    fires: list[Case] = []
    silent: list[Case] = []


def read_cases(path: Path) -> RuleCases:
    """Read the cases of a file. Raises RuleError naming the file, and what is wrong in it."""
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, RuleCases)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError, RecursionError) as error:
        raise RuleError(f"cannot read the cases: {error}".replace("\n", " "), FilePlace(str(path))) from error
    return found if found.rule else msgspec.structs.replace(found, rule=path.stem)


def _made(calls: list[dict[str, Any]], replaced: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make the records of calls, one a second and with what minutes pass between."""
    time = _START
    for number, call in enumerate(calls, start=1):
        names = [key for key in call if key not in _BESIDE]
        if len(names) != 1:
            raise RuleError(f"a call of a case is one name with its parameters, not {', '.join(names) or 'nothing'}")
        time += timedelta(seconds=1, minutes=call.get("minutes", 0))
        error = {"errorCode": call["error"]} if "error" in call else {}
        made = record(number, time, names[0], call[names[0]], call.get("response"))
        yield {**made, **error, **replaced, **call.get("record", {})}


def record(number: int, time: datetime, name: str, request: Any, response: Any) -> dict[str, Any]:
    """Make a CloudTrail record as AWS writes it, of a call by the user `ops`."""
    sources = [source for source, call in CALLS if call == name]
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEOPS",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/ops",
            "accountId": ACCOUNT,
            "userName": "ops",
        },
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": sources[0] if sources and IAM not in sources else IAM,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.17.9",
        "requestParameters": request,
        "responseElements": response,
        "requestID": f"10000000-0000-4000-8000-{number:012d}",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
