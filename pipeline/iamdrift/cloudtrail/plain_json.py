"""JSON as it was written: members found in the text itself, so that numbers and escapes stay as they are."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_STRING_OR_BLANKS = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')


def step_into(value: Any, key: str) -> tuple[bool, Any]:
    """Return whether a decoded value has a member or an element by that name, and it."""
    if isinstance(value, dict):
        return (True, value[key]) if key in value else (False, None)
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return True, value[int(key)]
    return False, None


def text_at(raw: bytes, path: tuple[str, ...]) -> str:
    """Return the JSON text of what stands at a path that is there, without blanks between its tokens."""
    text: Any = raw
    for key in path:
        text = _array.decode(text)[int(key)] if bytes(text).lstrip()[:1] == b"[" else _object.decode(text)[key]
    return compact(bytes(text)).decode()


def compact(raw: bytes) -> bytes:
    """Take the blanks between tokens out of a JSON text."""
    return _STRING_OR_BLANKS.sub(lambda found: found[1] or b"", raw)
