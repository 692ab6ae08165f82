"""The fields of Falco for any event: `evt.*`. Times are in UTC; in output fields they are whole nanoseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from iamdrift.falco.fields.cloudtrail import info, short_source, user
from iamdrift.falco.fields.field import Field, FieldType
from iamdrift.falco.fields.trail import TrailEvent, text

_MILLION = 1_000_000


@lru_cache(maxsize=1024)
def clock(time: int, form: str) -> str:
    """Return a time (milliseconds since the epoch) by a format of strftime, with `%f` as nine digits of a second."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    return moment.strftime(form.replace("%f", f"{time % 1000:03d}000000"))


def _time(name: str, form: str, about: str) -> Field:
    return Field(
        name,
        FieldType.STRING,
        about,
        lambda event: clock(event.time, form),
        in_output_fields=lambda event: event.time * _MILLION,
    )


def plugin_info(event: TrailEvent) -> str | None:
    """Return `evt.plugininfo`: region, user, service and name of an event, and `ct.info`."""
    parts = (text(event, ("awsRegion",)), user(event), short_source(event), text(event, ("eventName",)))
    if None in (parts[0], parts[2], parts[3]):
        return None
    return " ".join([*(part for part in parts if part), info(event)])


def _number(name: str, about: str, read: Callable[[Any], int | None]) -> Field:
    return Field(name, FieldType.UINT64, about, read)


TIMES: tuple[Field, ...] = (
    _time("evt.time", "%H:%M:%S.%f", "the time of day of the event, with nanoseconds"),
    _time("evt.time.s", "%H:%M:%S", "the time of day of the event"),
    _time("evt.time.iso8601", "%Y-%m-%dT%H:%M:%S.%f+0000", "the time of the event by ISO 8601"),
    _time("evt.datetime", "%Y-%m-%d %H:%M:%S.%f", "date and time of the event, with nanoseconds"),
    _time("evt.datetime.s", "%Y-%m-%d %H:%M:%S", "date and time of the event"),
    _number("evt.rawtime", "the time in nanoseconds since the epoch", lambda event: event.time * _MILLION),
    _number("evt.rawtime.s", "the seconds of evt.rawtime", lambda event: event.time // 1000),
    _number("evt.rawtime.ns", "the nanoseconds of evt.rawtime", lambda event: event.time % 1000 * _MILLION),
)
# A stream has no first event that all workers would agree on.
RELATIVE: tuple[Field, ...] = tuple(
    _number(name, "time since the first event, which a stream does not have: never a value", lambda _: None)
    for name in ("evt.reltime", "evt.reltime.s", "evt.reltime.ns")
)
PLUGIN: tuple[Field, ...] = (
    Field("evt.num", FieldType.UINT64, "the number of the record in its partition or file, from 1", lambda e: e.number),
    *TIMES,
    *RELATIVE,
    Field("evt.pluginname", FieldType.STRING, "cloudtrail", lambda _: "cloudtrail"),
    Field("evt.plugininfo", FieldType.STRING, "region, user, service and name of the event, and ct.info", plugin_info),
    Field("evt.is_async", FieldType.BOOL, "false", lambda _: False),
    Field("evt.asynctype", FieldType.STRING, "never a value", lambda _: None),
)
