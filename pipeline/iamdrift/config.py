"""The settings of a job: one TOML file, `IAMDRIFT_…` environment variables, flags, each stronger than the one before.

A setting is `[section] name` in the file, `IAMDRIFT_SECTION_NAME` in the environment, and `section.name` as an
override. An unknown one is an error that names the nearest known one; secrets are never shown.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import msgspec

from iamdrift.errors import ConfigError, FilePlace
from iamdrift.falco.alert import AlertFormat
from iamdrift.io.http_target import shown_url

Value = str | int | float | bool | list[str]
_PREFIX = "IAMDRIFT_"
CONFIG_VARIABLE = "IAMDRIFT_CONFIG"  # names the settings file
_SECRETS = frozenset({"kafka.sasl_password", "kafka.ssl_password"})


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section that holds secrets, which do not show when it is printed."""

    def __repr__(self) -> str:
        section = type(self).__name__.lower()
        values = {name: _masked(f"{section}.{name}", getattr(self, name)) for name in self.__struct_fields__}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"


class Kafka(_Section, frozen=True):
    """How to reach the cluster; names and values are kafka-python's."""

    bootstrap_servers: tuple[str, ...] = ("localhost:9092",)
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = ""
    ssl_cafile: str = ""
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    ssl_password: str = ""
    ssl_check_hostname: bool = True
    api_version: str = ""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to read. `start` is earliest, latest, committed or an ISO 8601 time.

    `bootstrap_from_snapshots`: begin with the state in `output.snapshots_topic` instead of none.
    """

    topics: tuple[str, ...] = ("cloudtrail",)
    group: str = "iamdrift"
    start: str = "committed"
    until_end: bool = False
    bootstrap_from_snapshots: bool = False


class Output(_Section, frozen=True):
    """Where results go; an empty name or path means nowhere. `http` are URLs that every alert is posted to."""

    drift_topic: str = "iam.drift"
    alerts_topic: str = "iam.alerts"
    dead_letter_topic: str = "iam.dead-letters"
    snapshots_topic: str = ""
    parquet: str = ""
    http: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules: those that ship with iamdrift, and files.

    `matching` is all or first, as in Falco. Rules less severe than `priority` are off. `select` are choices in order,
    each `enable:NAME`, `disable:NAME` (with wildcards), `enable:tag=TAG` or `disable:tag=TAG`. `own_accounts` are
    accounts that rules on trust in other accounts are silent about.
    """

    bundled: bool = True
    files: tuple[str, ...] = ()
    matching: str = "all"
    priority: str = "debug"
    select: tuple[str, ...] = ()
    own_accounts: tuple[str, ...] = ()


class Track(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much disorder of events is healed, in minutes of event time."""

    lateness_minutes: float = 20


class Flink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a job runs on Flink.

    `master` is the JobManager's REST address. `worker_pool` is where a TaskManager finds the pool of Python workers
    beside it. `job_server_jar` is Beam's Flink runner; empty for the one that Beam publishes for the cluster's
    version. `options` are more options of the runner, NAME=VALUE.
    """

    master: str = ""
    worker_pool: str = "localhost:50000"
    job_server_jar: str = ""
    parallelism: int = 1
    options: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a job."""

    kafka: Kafka = Kafka()
    input: Input = Input()
    output: Output = Output()
    rules: Rules = Rules()
    alerts: AlertFormat = AlertFormat()
    track: Track = Track()
    flink: Flink = Flink()


def load_settings(file: Path | None, environment: Mapping[str, str], overrides: Mapping[str, Value | None]) -> Settings:
    """Merge file, environment and overrides (`section.name` to value; None = not given).

    Raises ConfigError naming the file, variable or flag at fault.
    """
    names = _names()
    merged: dict[str, dict[str, Any]] = {}
    for source, settings in (
        (str(file), _from_file(file)),
        ("environment", _from_environment(environment)),
        ("command line", {name: value for name, value in overrides.items() if value is not None}),
    ):
        for name, value in settings.items():
            section, _, key = _known(name, source).partition(".")
            several = get_origin(names[name]) is tuple
            merged.setdefault(section, {})[key] = _split(value) if several and isinstance(value, str) else value
    try:
        return msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"bad setting: {error}") from error


def shown_settings(settings: Settings) -> str:
    """Return settings as TOML with secrets masked."""
    lines = []
    for section, values in msgspec.to_builtins(settings).items():
        lines.append(f"[{section}]")
        for name, value in values.items():
            masked = _masked(f"{section}.{name}", value)
            lines.append(f"{name} = {msgspec.json.encode(masked).decode()}")
        lines.append("")
    return "\n".join(lines)


def _masked(name: str, value: Any) -> Any:
    if name == "output.http":
        return [shown_url(url) for url in value]
    return "****" if name in _SECRETS and value else value


def _names() -> dict[str, Any]:
    """All known settings, `section.name` to type."""
    return {
        f"{section}.{name}": kind
        for section, struct in get_type_hints(Settings).items()
        for name, kind in get_type_hints(struct).items()
    }


def _known(name: str, source: str) -> str:
    names = _names()
    if name in names:
        return name
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0)
    raise ConfigError(f"unknown setting {name!r} in the {source}; the nearest known one is {nearest[0]!r}")


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings: {error.strerror}", FilePlace(str(file))) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not TOML: {error}", FilePlace(str(file))) from error
    found: dict[str, Any] = {}
    for section, values in tables.items():
        if isinstance(values, dict):
            found.update({f"{section}.{name}": value for name, value in values.items()})
        else:
            found[section] = values
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = _names()
    by_variable = {_PREFIX + name.replace(".", "_").upper(): name for name in names}
    found: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        if variable not in by_variable:
            nearest = difflib.get_close_matches(variable, by_variable, n=1, cutoff=0)
            raise ConfigError(f"unknown variable {variable} in the environment; the nearest known one is {nearest[0]}")
        name = by_variable[variable]
        found[name] = _plain(text) if names[name] is bool else text
    return found


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _plain(text: str) -> bool:
    if text.casefold() not in ("true", "false", "1", "0"):
        raise ConfigError(f"{text!r} is neither true nor false")
    return text.casefold() in ("true", "1")
