"""Writing the last snapshot of every resource into one file, a JSON line each, sorted by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam

from iamdrift.errors import FilePlace, TransportError


class WriteSnapshots(beam.DoFn):
    """Keep the last of each `key` of elements, and write them as `to_line` makes them (None = not) when a bundle ends.

    For jobs of one process that end. Raises TransportError when the file cannot be written.
    """

    def __init__(self, path: str, to_line: Callable[[Any], bytes | None]) -> None:
        super().__init__()
        self._path = path
        self._to_line = to_line

    def setup(self) -> None:
        """Begin with nothing known."""
        self._latest: dict[bytes, Any] = {}

    def process(self, element: Any) -> None:
        """Remember the snapshot."""
        self._latest[element.key] = element

    def finish_bundle(self) -> None:
        """Write all there is, whole or not at all."""
        path = Path(self._path)
        temporary = path.with_name(path.name + ".tmp")
        lines = [line for _, one in sorted(self._latest.items()) if (line := self._to_line(one)) is not None]
        try:
            temporary.write_bytes(b"".join(line + b"\n" for line in lines))
            temporary.replace(path)
        except OSError as error:
            raise TransportError(f"cannot write the snapshots: {error}", FilePlace(self._path)) from error
