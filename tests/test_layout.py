"""The walls of the house: who may import what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1] / "pipeline" / "iamdrift"
# Imports point one way: a package may import those before it in this list, and itself.
_ORDER = ["errors", "resources", "cloudtrail", "policy", "iam", "drift", "falco"]
_ROOMS = {
    "apache_beam": {"transforms", "io", "graph", "runner", "metrics", "flink"},
    "kafka": {"io"},
    "pyarrow": {"io"},
    "click": {"cli"},
    "rich": {"cli"},
}


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _room(file: Path) -> str:
    return file.relative_to(_ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", sorted(_ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(_ROOT)))
def test_imports(file: Path) -> None:
    """A module imports only what its room may."""
    room = _room(file)
    for name in _imports(file):
        if name.split(".")[0] in _ROOMS:
            assert room in _ROOMS[name.split(".")[0]], f"{name} does not belong in {room}"
        parts = name.split(".")
        if room in _ORDER and parts[0] == "iamdrift" and len(parts) > 1:
            assert parts[1] in _ORDER[: _ORDER.index(room) + 1], f"{room} must not import {name}"


@pytest.mark.parametrize("file", sorted(_ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(_ROOT)))
def test_modules_stay_small(file: Path) -> None:
    """No module grows over 400 lines."""
    assert len(file.read_text().splitlines()) <= 400
