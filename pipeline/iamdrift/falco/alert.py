"""An alert, and its JSON as the Falco engine writes it: one line, keys sorted, time with nine digits."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from iamdrift.falco.fields.event import clock

_encode = msgspec.json.Encoder(order="sorted").encode


class AppendOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is appended to the output of some rules: text, and output fields.

    An extra field is a name with an output text, or a field alone, whose value then keeps its type. `rule`, `source`
    and `tags` say of which rules; all that are given must hold.
    """

    rule: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    extra_output: str = ""
    extra_fields: tuple[str | dict[str, str], ...] = ()

    def is_for(self, rule: str, source: str, tags: frozenset[str]) -> bool:
        """Say whether it is for a rule."""
        return self.rule in ("", rule) and self.source in ("", source) and tags.issuperset(self.tags)


class AlertFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How alerts are written; names and defaults are those of Falco's configuration, `hostname` but for."""

    hostname: str = "iamdrift"
    json_include_output_property: bool = True
    json_include_output_fields_property: bool = True
    json_include_tags_property: bool = True
    json_include_message_property: bool = False
    time_format_iso_8601: bool = False
    append_output: tuple[AppendOutput, ...] = ()


class Alert(msgspec.Struct, frozen=True):
    """What a rule says of an event; `time` in epoch milliseconds, `key` the resource key, `message` without prefix."""

    id: str
    key: str
    account: str
    rule: str
    priority: str
    source: str
    tags: tuple[str, ...]
    message: str
    fields: dict[str, Any]
    time: int
    format: AlertFormat = AlertFormat()

    def output(self) -> str:
        """Return the message with time and priority before it."""
        iso = self.format.time_format_iso_8601
        time = clock(self.time, "%Y-%m-%dT%H:%M:%S.%f+0000" if iso else "%H:%M:%S.%f")
        return f"{time}: {self.priority} {self.message}"

    def output_fields(self) -> dict[str, Any]:
        """Return the fields with the time of the prefix, in nanoseconds."""
        name = "evt.time.iso8601" if self.format.time_format_iso_8601 else "evt.time"
        return {name: self.time * 1_000_000, **self.fields}

    def to_json(self) -> bytes:
        """Return Falco's JSON."""
        form = self.format
        body: dict[str, Any] = {
            "hostname": form.hostname,
            "priority": self.priority,
            "rule": self.rule,
            "source": self.source,
            "time": clock(self.time, "%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if form.json_include_message_property:
            body["message"] = self.message
        if form.json_include_output_property:
            body["output"] = self.output()
        if form.json_include_output_fields_property:
            body["output_fields"] = self.output_fields()
        if form.json_include_tags_property:
            body["tags"] = self.tags
        return _encode(body)


def alert_id(rule: str, event_id: str) -> str:
    """Return the id of an alert: the same rule on the same event always has the same."""
    return sha256(f"{rule}\n{event_id}".encode()).hexdigest()[:32]
