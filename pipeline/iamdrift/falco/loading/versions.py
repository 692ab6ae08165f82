"""Versions that rule files ask for: of the engine, and of plugins. Ours are those whose behaviour is matched."""

from __future__ import annotations

import re
from typing import NamedTuple

ENGINE = "0.63.0"
PLUGINS = {"cloudtrail": "0.17.1", "json": "0.7.4"}
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


class Version(NamedTuple):
    """A semantic version."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def serves(self, wanted: Version) -> bool:
        """Say whether this version does for one that is wanted: the same major, and not older."""
        return self.major == wanted.major and self >= wanted


def version_of(text: str) -> Version | None:
    """Read a version; None when it is none."""
    found = _SEMVER.fullmatch(text)
    return Version(*map(int, found.groups())) if found else None


def engine_version_of(text: str) -> Version | None:
    """Read a wanted engine version, for which a whole number N means 0.N.0; None when it is none."""
    return Version(0, int(text), 0) if re.fullmatch(r"\d{1,9}", text) else version_of(text)


class PluginWanted(NamedTuple):
    """A plugin that a file wants, by name and version; any of several will do."""

    name: str
    version: str


def plugin_serves(alternatives: tuple[PluginWanted, ...]) -> bool:
    """Say whether one of several plugins is here."""
    for wanted in alternatives:
        have, asked = version_of(PLUGINS.get(wanted.name, "")), version_of(wanted.version)
        if have and asked and have.serves(asked):
            return True
    return False
