"""Reading files of CloudTrail records as the same raw batches that Kafka gives.

A file is one message, or one message a line: .json, .jsonl, CloudTrail's own `{"Records": […]}` files, any of them
gzipped. Which it is, the content says.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import apache_beam as beam
import msgspec

from iamdrift.errors import ConfigError, FilePlace, TransportError
from iamdrift.io.batch import RawBatch
from iamdrift.io.progress import advance
from iamdrift.io.stop import stop_requested

_LINES_A_BATCH = 1_000
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz", ".log")
_GZIP = b"\x1f\x8b"


def find_files(paths: Iterable[Path]) -> list[Path]:
    """List the files named, and those below the folders named (.json, .jsonl, .gz), sorted.

    Raises ConfigError when a path does not exist or a folder holds no such file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix in _SUFFIXES)
            if not inside:
                raise ConfigError("no .json, .jsonl or .gz file in this folder", FilePlace(str(path)))
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise ConfigError("no such file or folder", FilePlace(str(path)))
    return found


class ReadFiles(beam.PTransform):
    """Read files as RawBatch elements, one file after the other."""

    def __init__(self, paths: Iterable[Path]) -> None:
        super().__init__()
        self._paths = [str(path) for path in paths]

    def expand(self, begin: Any) -> Any:
        """Make one element per file."""
        return (
            begin
            | "Files" >> beam.Create(self._paths, reshuffle=False)
            | "Read" >> beam.ParDo(_ReadFile()).with_output_types(RawBatch)
        )


class _ReadFile(beam.DoFn):
    def process(self, element: str) -> Iterator[RawBatch]:
        if not stop_requested():
            yield from read_file(Path(element))


def read_file(path: Path) -> Iterator[RawBatch]:
    """Read a file in batches; offsets count its messages from 0. Raises TransportError when it cannot be read."""
    try:
        with path.open("rb") as file:
            yield from _batches(str(path), file)
    except (OSError, EOFError, zlib.error) as error:
        raise TransportError(f"cannot read the file: {error}", FilePlace(str(path))) from error


def _batches(name: str, file: BinaryIO) -> Iterator[RawBatch]:
    packed = file.peek(2)[:2] == _GZIP if isinstance(file, io.BufferedReader) else False
    lines: Any = gzip.GzipFile(fileobj=file) if packed else file
    first = lines.readline()
    if not _is_whole(first):
        yield RawBatch(name, 0, [(0, first + lines.read())])
        advance(file.tell())
        return
    records: list[tuple[int, bytes | None]] = []
    read = 0
    for number, line in enumerate(_then(first, lines)):
        if line.strip():
            records.append((number, line.rstrip(b"\r\n")))
        if len(records) >= _LINES_A_BATCH:
            yield RawBatch(name, 0, records)
            records = []
            advance(file.tell() - read)
            read = file.tell()
            if stop_requested():
                return
    if records:
        yield RawBatch(name, 0, records)
    advance(file.tell() - read)


def _then(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_whole(line: bytes) -> bool:
    """Say whether a first line is a JSON value of its own, so that the file is one message a line."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True
