"""Settings: what is stronger than what, what is refused, what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamdrift.config import load_settings, shown_settings
from iamdrift.errors import ConfigError


def _file(folder: Path, text: str) -> Path:
    path = folder / "iamdrift.toml"
    path.write_text(text)
    return path


def test_flags_beat_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    """Each source sets what it names and leaves the rest."""
    file = _file(
        tmp_path, '[input]\ngroup = "file"\nstart = "file"\n[track]\nlateness_minutes = 5\n[output]\nparquet="p"'
    )
    settings = load_settings(
        file,
        {"IAMDRIFT_INPUT_GROUP": "environment", "IAMDRIFT_INPUT_START": "environment", "HOME": "/"},
        {"input.group": "flag", "input.start": None},
    )
    assert (settings.input.group, settings.input.start) == ("flag", "environment")
    assert (settings.track.lateness_minutes, settings.output.parquet) == (5, "p")
    assert settings.output.drift_topic == "iam.drift"


def test_lists_and_booleans_are_read_from_text() -> None:
    """A list is written with commas, a boolean as true, false, 1 or 0."""
    environment = {"IAMDRIFT_INPUT_TOPICS": "a, b,", "IAMDRIFT_RULES_BUNDLED": "0", "IAMDRIFT_INPUT_UNTIL_END": "True"}
    settings = load_settings(None, environment, {})
    assert (settings.input.topics, settings.rules.bundled, settings.input.until_end) == (("a", "b"), False, True)


@pytest.mark.parametrize(
    ("file", "environment", "overrides", "message"),
    [
        ("[input]\ngruop = 'x'", {}, {}, "'input.gruop' in the .*toml; the nearest known one is 'input.group'"),
        ("topic = 'x'", {}, {}, "'topic' in the .*toml; the nearest known one is"),
        ("[input\n", {}, {}, "iamdrift.toml: not TOML: .*line 1"),
        ("", {"IAMDRIFT_KAFKA_SERVERS": "x"}, {}, "IAMDRIFT_KAFKA_SERVERS .* nearest known one is IAMDRIFT_KAFKA_"),
        ("", {"IAMDRIFT_RULES_BUNDLED": "maybe"}, {}, "'maybe' is neither true nor false"),
        ("", {}, {"track.lateness_minutes": "soon"}, r"bad setting: .*track.lateness_minutes"),
    ],
)
def test_errors_say_where(
    tmp_path: Path, file: str, environment: dict[str, str], overrides: dict[str, str], message: str
) -> None:
    """A wrong setting is named with its source, and the nearest right one."""
    with pytest.raises(ConfigError, match=message):
        load_settings(_file(tmp_path, file), environment, overrides)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The file that was asked for must be there."""
    with pytest.raises(ConfigError, match=r"nowhere.toml: cannot read the settings"):
        load_settings(tmp_path / "nowhere.toml", {}, {})


def test_urls_are_read_and_not_shown() -> None:
    """URLs that alerts are posted to come from a variable, with commas; of their secrets nothing is printed."""
    urls = ("http://falcosidekick:2801/", "https://kit:hunter2@hooks.test/s3cret?token=t0ken")
    settings = load_settings(None, {"IAMDRIFT_OUTPUT_HTTP": ",".join(urls)}, {})
    assert settings.output.http == urls
    for shown in (shown_settings(settings), repr(settings), repr(settings.output)):
        assert "http://falcosidekick:2801/" in shown
        assert "https://hooks.test/****" in shown
        assert not [secret for secret in ("kit", "hunter2", "s3cret", "t0ken") if secret in shown]


def test_shown_settings_can_be_read_again(tmp_path: Path) -> None:
    """What --print-config prints is a settings file, secrets apart."""
    secret = {"kafka.sasl_password": "hunter2", "kafka.ssl_password": "hunter3"}
    shown = shown_settings(load_settings(None, {}, {"input.topics": ["a", "b"], **secret}))
    assert "hunter" not in shown
    again = load_settings(_file(tmp_path, shown), {}, {})
    assert again.input.topics == ("a", "b")
    assert again.kafka.sasl_password == "****"
