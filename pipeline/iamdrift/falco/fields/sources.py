"""The sources of events that rules are for, and the fields of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from iamdrift.falco.fields.cloudtrail import CLOUDTRAIL
from iamdrift.falco.fields.drift import drift_fields
from iamdrift.falco.fields.event import PLUGIN
from iamdrift.falco.fields.field import Field, FieldSet, FieldType
from iamdrift.falco.fields.json import JSON
from iamdrift.falco.loading.collection import DRIFT_SOURCE, TRAIL_SOURCE


@lru_cache(maxsize=8)
def sources(own_accounts: frozenset[str] = frozenset(), hostname: str = "iamdrift") -> Mapping[str, FieldSet]:
    """Return the fields of each source. `own_accounts` are those that `drift.cross_account` does not tell of."""
    return {
        TRAIL_SOURCE: FieldSet((*PLUGIN, *_of_all(TRAIL_SOURCE, hostname), *CLOUDTRAIL, *JSON)),
        DRIFT_SOURCE: FieldSet((*drift_fields(own_accounts), *_of_all(DRIFT_SOURCE, hostname))),
    }


def _of_all(source: str, hostname: str) -> Iterator[Field]:
    yield Field("evt.source", FieldType.STRING, "the source of the event", lambda _: source)
    yield Field("evt.hostname", FieldType.STRING, "the host name of the settings", lambda _: hostname)
