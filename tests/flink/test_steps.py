"""The steps that a savepoint holds: their names and places must not move between versions."""

from __future__ import annotations

from typing import Any

import pytest

from iamdrift.config import Settings, load_settings
from iamdrift.flink.jar import pipeline_of
from iamdrift.options import flink_job

# Step by step what Flink knows state by: the name, and the collection it reads. A step may be added after the last.
# Whoever has to change this list makes all savepoints unreadable, and says in the changelog to start from snapshots.
_FIXED = [
    ("read/Start", []),
    ("read/Partitions", ["read/Start"]),
    ("read/Spread/AddRandomKeys", ["read/Partitions"]),
    ("read/Poll", ["read/Spread/RemoveRandomKeys"]),
    ("decode/ParDo(Decode)", ["read/Poll"]),
    ("route/ParDo(Route)", ["decode/ParDo(Decode)"]),
    ("alias/ParDo(Alias)", ["route/ParDo(Route)"]),
    ("track/ParDo(Track)", ["alias/ParDo(Alias)"]),
]
_VARIANTS: list[dict[str, Any]] = [
    {},
    {"output.drift_topic": "", "output.alerts_topic": "", "output.dead_letter_topic": ""},
    {"output.snapshots_topic": "s", "output.parquet": "/data", "output.http": ["http://falcosidekick:2801/"]},
    {"rules.bundled": False, "track.lateness_minutes": 5},
]


def _graph(job: Any) -> tuple[list[tuple[str, list[str]]], dict[str, str]]:
    """Return the steps with the steps they read from, and the ids of the collections up to the last stateful one."""
    proto = pipeline_of(job, "localhost:50000").components
    made = {}
    for step in proto.transforms.values():
        if not step.subtransforms:
            made.update(dict.fromkeys(step.outputs.values(), step.unique_name))
    steps, ids = [], {}
    for step in proto.transforms.values():
        if not step.subtransforms:
            steps.append((step.unique_name, [made.get(one, "?") for one in step.inputs.values()]))
            ids[step.unique_name] = ",".join(step.inputs.values())
    names = [name for name, _ in _FIXED]
    return [step for step in steps if step[0] in names], {name: ids[name] for name in names}


def _job(monkeypatch: pytest.MonkeyPatch, settings: Settings | None) -> Any:
    monkeypatch.setattr("iamdrift.options.missing_topics", lambda *_: [])
    return flink_job(settings)


@pytest.mark.parametrize("variant", range(len(_VARIANTS)))
def test_steps_have_fixed_names_and_places(monkeypatch: pytest.MonkeyPatch, variant: int) -> None:
    """Whatever the settings, the steps up to the last stateful one and what flows between them are the same."""
    steps, ids = _graph(_job(monkeypatch, load_settings(None, {}, _VARIANTS[variant])))
    assert sorted(steps) == sorted(_FIXED)
    assert ids == _graph(_job(monkeypatch, None))[1]
