"""Files that ship inside the package: schemas and rules."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def schema(name: str) -> bytes:
    """Return the text of a schema by its file name, as `state.avsc`."""
    return files("iamdrift.schemas").joinpath(name).read_bytes()


def bundled_cases() -> list[Path]:
    """Return the files of cases that ship beside those rules, sorted by name."""
    found = [file for file in files("iamdrift.rules").joinpath("tests").iterdir() if file.name.endswith(".yaml")]
    return [Path(str(file)) for file in sorted(found, key=lambda file: file.name)]


def bundled_rules() -> list[Traversable]:
    """Return the rule files that ship with iamdrift, sorted by name."""
    found = [file for file in files("iamdrift.rules").iterdir() if file.name.endswith(".yaml")]
    return sorted(found, key=lambda file: file.name)
