"""Settings that are read where a step is unpickled."""

from __future__ import annotations

import pickle
from operator import attrgetter
from pathlib import Path

import pytest

from iamdrift.errors import ConfigError
from iamdrift.run_time import ReadThere, settings_here


@pytest.fixture(autouse=True)
def _fresh() -> None:
    settings_here.cache_clear()


def test_a_value_is_that_of_the_place_it_is_unpickled_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """File and variables of the reader count, not those of the writer; variables are stronger."""
    monkeypatch.setenv("IAMDRIFT_OUTPUT_DRIFT_TOPIC", "where-it-was-written")
    stored = pickle.dumps([ReadThere(attrgetter("output.drift_topic")), ReadThere(attrgetter("input.group"))])
    file = tmp_path / "there.toml"
    file.write_text('[output]\ndrift_topic = "of-the-file"\n[input]\ngroup = "of-the-file"\n')
    monkeypatch.setenv("IAMDRIFT_CONFIG", str(file))
    monkeypatch.setenv("IAMDRIFT_OUTPUT_DRIFT_TOPIC", "of-the-variable")
    assert pickle.loads(stored) == ["of-the-variable", "of-the-file"]
    assert b"where-it-was-written" not in stored


def test_a_wrong_setting_there_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was set up wrongly says which variable it is."""
    monkeypatch.setenv("IAMDRIFT_OUTPUT_DRIF_TOPIC", "x")
    with pytest.raises(ConfigError, match="IAMDRIFT_OUTPUT_DRIF_TOPIC"):
        pickle.loads(pickle.dumps(ReadThere(attrgetter("output.drift_topic"))))
