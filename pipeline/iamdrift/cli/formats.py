"""How results look on standard output: text for people, json in full, log as the six keys of a drift record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from iamdrift.cli.text import alert_text, dead_letter_text, drift_text
from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.drift.json import drift_json, log_line
from iamdrift.drift.record import Drift
from iamdrift.falco.alert import Alert

FORMATS = ("text", "json", "log")

Result = Drift | Alert | DeadLetter


def renderer(name: str, *, color: bool = False) -> Callable[[Result], bytes]:
    """Return the function that turns a result into its lines (b"" = not shown) in a format."""
    return partial(_text, color=color) if name == "text" else _RENDERERS[name]


def _json(result: Result) -> bytes:
    return drift_json(result) if isinstance(result, Drift) else result.to_json()


def _log(result: Result) -> bytes:
    return log_line(result) if isinstance(result, Drift) and result.changes else b""


def _text(result: Result, *, color: bool) -> bytes:
    if isinstance(result, Drift):
        text = drift_text(result, color=color)
    elif isinstance(result, Alert):
        text = alert_text(result, color=color)
    else:
        text = dead_letter_text(result, color=color)
    return text.encode(errors="replace")


_RENDERERS: dict[str, Callable[[Result], bytes]] = {"json": _json, "log": _log}
