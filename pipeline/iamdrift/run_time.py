"""Settings that are read where the work is done: by a worker, when it unpickles a step, not when the graph is built.

A jar that is built once and run in several places must not carry the settings, nor the secrets, of the machine that
built it. A step of such a graph holds a `ReadThere` wherever else it would hold a value; pickling a `ReadThere` writes
the name of the value, and unpickling it reads the settings file that IAMDRIFT_CONFIG names and the `IAMDRIFT_…`
variables of the worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from iamdrift.config import CONFIG_VARIABLE, Settings, load_settings


@dataclass(frozen=True, slots=True)
class ReadThere:
    """Stands for what `read` makes of the settings of the process that unpickles it; `read` is a module's function."""

    read: Callable[[Settings], Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _read_here, (self.read,)


def _read_here(read: Callable[[Settings], Any]) -> Any:
    return read(settings_here())


@cache
def settings_here() -> Settings:
    """Return the settings of this process from its file and environment. Raises ConfigError."""
    file = os.environ.get(CONFIG_VARIABLE)
    return load_settings(Path(file) if file else None, os.environ, {})
