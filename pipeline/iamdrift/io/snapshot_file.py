"""Writing the last snapshot of every resource into one file, a JSON line each, sorted by key."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam

from iamdrift.errors import FilePlace, TransportError


class WriteSnapshots(beam.DoFn):
    """Keep `(key, JSON)` elements, the last of each key (None = there is none), and write them when a bundle ends.

    For jobs of one process that end. Raises TransportError when the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def setup(self) -> None:
        """Begin with nothing known."""
        self._latest: dict[str, bytes | None] = {}

    def process(self, element: tuple[str, bytes | None]) -> None:
        """Remember the snapshot."""
        key, snapshot = element
        self._latest[key] = snapshot

    def finish_bundle(self) -> None:
        """Write all there is, whole or not at all."""
        path = Path(self._path)
        temporary = path.with_name(path.name + ".tmp")
        lines = [line for _, line in sorted(self._latest.items()) if line is not None]
        try:
            temporary.write_bytes(b"".join(line + b"\n" for line in lines))
            temporary.replace(path)
        except OSError as error:
            raise TransportError(f"cannot write the snapshots: {error}", FilePlace(self._path)) from error
