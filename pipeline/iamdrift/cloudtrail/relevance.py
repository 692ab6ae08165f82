"""Which records are wanted, decided on the bytes where that is safe, else on the parsed record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from iamdrift.cloudtrail.event import Record

OTHER_SERVICE = "other-service"
READ_ONLY = "read-only"
SIGN_IN = "sign-in"
INSIGHT = "insight"

# AWS names its reading calls so; `readOnly` is absent in records of event version 1.05 and before.
_READING = ("Get", "List", "Describe", "Simulate", "Generate")
# What people do to get in, under the event source of Identity Center; `readOnly` does not always say so (IAM Identity
# Center user guide, CloudTrail events of OIDC and of the access portal).
_SIGNING_IN = frozenset(
    [
        "Authenticate",
        "CreateToken",
        "CreateTokenWithIAM",
        "Federate",
        "Logout",
        "RegisterClient",
        "StartDeviceAuthorization",
    ]
)
_MEMBER = b'"eventSource"'
_NAME = b'"eventName"'
_FIRST_MEMBERS = 64
_VALUE = re.compile(rb'\s*:\s*"([^"\\]*)"')


@dataclass(frozen=True, slots=True)
class Relevance:
    """The calls that are tracked, names by event source, and which others rules want to see."""

    names: Mapping[str, frozenset[str]]
    wants: Callable[[str, str], bool] | None = None
    _sources: frozenset[bytes] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sources", frozenset(name.encode() for name in self.names))

    def quick_skip(self, value: bytes) -> str:
        """Say from the bytes alone that a message is a record of another service; "" where that is not sure.

        Sure means: it begins as a bare CloudTrail record does and ends as an object, and names exactly one
        `eventSource`. Text inside a JSON string cannot imitate that name, because its quotes are escaped; a second
        one, in a nested object, makes the answer "not sure". A writer that escaped plain letters would escape them
        everywhere, and nothing would be found. A record that begins and ends so but is broken in between is skipped,
        not a dead letter: it names the service it is from, and that is not ours.
        """
        if not value.startswith(b'{"event') or not value.endswith(b"}"):
            return ""
        at = value.find(_MEMBER) + len(_MEMBER)
        source = _VALUE.match(value, at)
        if source is None or source[1] in self._sources or source[1].startswith(b"aws:"):
            return ""
        if value.find(_MEMBER, at) >= 0:
            return ""
        # An Insight names a service in its details; it has no identity, which stands first in every other record.
        if value.find(b'"userIdentity"', 0, _FIRST_MEMBERS) < 0 and b'"AwsCloudTrailInsight"' in value:
            return ""
        return OTHER_SERVICE if self.wants is None or self._unwanted(value, source[1].decode()) else ""

    def _unwanted(self, value: bytes, source: str) -> bool:
        """Say whether the bytes tell for sure that no rule wants a record; a second name makes it "not sure"."""
        at = value.find(_NAME) + len(_NAME)
        name = _VALUE.match(value, at)
        if name is None or value.find(_NAME, at) >= 0:
            return False
        return not self.wanted(source, name[1].decode("utf-8", "replace"))

    def wanted(self, source: str, name: str) -> bool:
        """Say whether a rule could match a record."""
        return self.wants is not None and self.wants(source, name)

    def skip(self, record: Record) -> str:
        """Say why a parsed record is not tracked; "" when it is."""
        if record.event_type == "AwsCloudTrailInsight":
            return INSIGHT
        names = self.names.get(record.source)
        if names is None:
            return OTHER_SERVICE
        if record.name in names:
            return ""
        if record.name in _SIGNING_IN:
            return SIGN_IN
        # A call we do not know is told of, unless it only reads.
        return READ_ONLY if record.read_only or record.name.startswith(_READING) else ""
