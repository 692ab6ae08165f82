"""Results as people like to read them: one head line, then a line for everything that was added, removed or set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.json import timestamp
from iamdrift.drift.record import Drift
from iamdrift.falco.alert import Alert
from iamdrift.iam.attempt import error_of

_PRIORITY_COLORS = {
    "Emergency": "bright_red",
    "Alert": "bright_red",
    "Critical": "bright_red",
    "Error": "red",
    "Warning": "yellow",
    "Notice": "cyan",
}
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
# What a policy says may hold bytes that move a terminal's cursor; they are shown, not obeyed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def drift_text(drift: Drift, *, color: bool) -> str:
    """Return a drift record in some lines."""
    target, paint = drift.target, _painter(color=color)
    head = f"{timestamp(drift)}  {paint(drift.event, bold=True)}  {target.kind} {paint(target.name, bold=True)}"
    who = f"by {drift.actor.name}" + (f" from {drift.actor.source_ip}" if drift.actor.source_ip else "")
    flags = f"  [{', '.join(drift.flags)}]" if drift.flags else ""
    lines = [_safe(f"{head}  in {target.account}  {who}{flags}", keep_color=color)]
    if not drift.changes:
        lines.append(f"    {_nothing(drift, paint)}")
    for attribute, change in drift.changes.items():
        before = drift.before[attribute]
        unknown = "" if "known" in before or attribute == "exists" else "  (before: not known)"
        lines.append(f"    {attribute}{paint(unknown, dim=True)}")
        lines += [f"      {line}" for line in _change_lines(change, paint, color=color)]
    return "\n".join(lines)


def _nothing(drift: Drift, paint: Any) -> str:
    """Say what a record without changes says."""
    if drift.record == "attempt":
        return (
            f"{paint('failed', fg='magenta')}: {error_of(drift.cause)} {_safe(drift.cause.record.error_message or '')}"
        )
    if drift.record == "unmodelled":
        return f"{paint('not known', fg='magenta')}: what this call changes is not modelled"
    return "no change after all"


def alert_text(alert: Alert, *, color: bool) -> str:
    """Return an alert in one line."""
    paint = _painter(color=color)
    priority = paint(f"{alert.priority:<13}", fg=_PRIORITY_COLORS.get(alert.priority, "white"), bold=True)
    return f"  ▲ {priority} {_safe(alert.message)}"


def dead_letter_text(letter: DeadLetter, *, color: bool) -> str:
    """Return a dead letter in one line."""
    mark = _painter(color=color)("dead letter", fg="magenta")
    return f"  ✗ {mark}  {letter.place}: {_safe(letter.message)}"


def _change_lines(change: dict[str, Any], paint: Any, *, color: bool) -> Iterator[str]:
    if "to" in change:
        sign, tone = "→", "yellow"
        before = f"{_shown(change['from'])} " if "from" in change else ""
        yield f"{before}{paint(sign, fg=tone)} {_shown(change['to'])}"
        return
    for name, value in change.items():
        word, _, noun = name.partition("_")
        sign, tone = _SIGNS.get(word, ("~", "yellow"))
        if isinstance(value, list):
            if noun.endswith("statements") and len(change) > 1:
                continue  # the facets above say the same in fewer words
            label = f" {_singular(noun)}" if noun else ""
            yield from (f"{paint(sign, fg=tone)}{label} {_shown(one)}" for one in value)
        elif isinstance(value, dict):
            for key, one in value.items():
                if word == "changed" and isinstance(one, dict) and not {"from", "to"} & one.keys():
                    yield f"{paint(sign, fg=tone)} {_safe(key)}"
                    yield from (f"  {line}" for line in _change_lines(one, paint, color=color))
                elif word == "changed" and isinstance(one, dict):
                    yield f"{paint(sign, fg=tone)} {_safe(key)}: " + next(_change_lines(one, paint, color=color))
                else:
                    yield f"{paint(sign, fg=tone)} {_safe(key)} {_shown(one)}"


def _singular(noun: str) -> str:
    return noun.replace("_", " ").removesuffix("s")


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, dict) and value.keys() == {"operator", "key", "values"}:
        return _safe(f"{value['operator']} {value['key']} = {', '.join(value['values'])}")
    if isinstance(value, dict) and value.keys() == {"unknown"}:
        return "(not known)"
    return _safe(msgspec.json.encode(value).decode())


def _safe(text: str, *, keep_color: bool = False) -> str:
    plain = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text) if not keep_color else text
    return plain.replace("\n", "\\n")


def _painter(*, color: bool) -> Any:
    def paint(text: str, **style: Any) -> str:
        return click.style(_safe(text), **style) if color and text else _safe(text)

    return paint
