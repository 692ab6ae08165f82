"""Files of CloudTrail records, read whole: for trying conditions on one's own records."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec

from iamdrift.errors import FilePlace, RecordError
from iamdrift.falco.fields.trail import TrailEvent, read_trail_event

_trail = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


def read_records(path: Path) -> list[TrailEvent | None]:
    """Read the records of a file, JSON lines, an array, or CloudTrail's own form, gzipped or not.

    None stands for a record that the plugin leaves out. Raises RecordError when the file is of none of these forms.
    """
    data = path.read_bytes()
    try:
        text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError) as error:
        raise RecordError(f"not gzip: {error}", FilePlace(str(path))) from error
    return [read_trail_event(raw, number) for number, raw in enumerate(_records(text, path), start=1)]


def _records(text: bytes, path: Path) -> list[bytes]:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        if text.lstrip().startswith(b"["):
            return [bytes(raw) for raw in _array.decode(text)]
        if len(lines) != 1 and lines and lines[0].strip() in (b"{", b'{"Records":', b'{"Records": ['):
            lines = [text]
        if len(lines) == 1 and b'"Records"' in lines[0][:64]:
            return [bytes(raw) for raw in _array.decode(_trail.decode(lines[0])["Records"])]
    except (msgspec.DecodeError, KeyError) as error:
        raise RecordError(f"neither JSON lines nor a file of CloudTrail: {error}", FilePlace(str(path))) from error
    return lines
