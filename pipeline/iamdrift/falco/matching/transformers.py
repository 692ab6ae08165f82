"""The transformers of the condition language, with their types checked when rules are loaded.

A transformer of something that is missing has no value either.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, NamedTuple

from iamdrift.errors import RuleError
from iamdrift.falco.fields.field import FieldType, Read

STRING, LIST, UINT64 = FieldType.STRING, FieldType.LIST, FieldType.UINT64


class Typed(NamedTuple):
    """Something that can be read off an event; `constant` is its value where it is the same for all."""

    type: FieldType
    read: Read
    constant: str | None = None


def ascii_lower(text: str) -> str:
    """Return a text with its ASCII letters in lower case."""
    return text.lower() if text.isascii() else _bytewise(text, bytes.lower)


def ascii_upper(text: str) -> str:
    """Return a text with its ASCII letters in upper case."""
    return text.upper() if text.isascii() else _bytewise(text, bytes.upper)


def _bytewise(text: str, change: Callable[[bytes], bytes]) -> str:
    return change(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def length(text: str) -> int:
    """Return the length of a text in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def _decoded(text: str) -> str | None:
    try:
        raw = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _basename(text: str) -> str:
    return text.rpartition("/")[2]


_OF_TEXT: dict[str, Callable[[str], str | None]] = {
    "tolower": ascii_lower,
    "toupper": ascii_upper,
    "basename": _basename,
    "b64": _decoded,
}


def transform(name: str, arguments: list[Typed], option: str | None) -> Typed:
    """Return what a transformer makes of its arguments. Raises RuleError when they are not what it takes."""
    if option is not None and name != "getopt":
        raise RuleError(f"transformer '{name}' takes no option between brackets")
    if name in _OF_TEXT:
        return _of_text(name, _only(name, arguments))
    if name == "len":
        return _length_of(_only(name, arguments))
    return {"join": _join, "concat": _concat, "getopt": _getopt}[name](arguments, option)


def _only(name: str, arguments: list[Typed]) -> Typed:
    if len(arguments) != 1 or arguments[0].constant is not None:
        raise RuleError(f"transformer '{name}' takes one field or transformer")
    return arguments[0]


def _of_text(name: str, of: Typed) -> Typed:
    change, read = _OF_TEXT[name], of.read
    if of.type is STRING:
        return Typed(STRING, lambda event: None if (value := read(event)) is None else change(value))
    if of.type is LIST:
        return Typed(LIST, lambda event: None if (value := read(event)) is None else _each(change, value))
    raise RuleError(f"transformer '{name}' does not work on a {of.type.value}")


def _each(change: Callable[[str], str | None], values: list[str]) -> list[str] | None:
    changed = [change(value) for value in values]
    return None if None in changed else [one for one in changed if one is not None]


def _length_of(of: Typed) -> Typed:
    if of.type not in (STRING, LIST):
        raise RuleError(f"transformer 'len' does not work on a {of.type.value}")
    read: Callable[[Any], Any] = of.read
    count: Callable[[Any], int] = length if of.type is STRING else len
    return Typed(UINT64, lambda event: None if (value := read(event)) is None else count(value))


def _join(arguments: list[Typed], _: str | None) -> Typed:
    if len(arguments) != 2 or arguments[0].type is not STRING or arguments[1].type is not LIST:
        raise RuleError("transformer 'join' takes a string and a list: join(\",\", (x.y, x.z))")
    separator, parts = (one.read for one in arguments)

    def read(event: Any) -> str | None:
        between, values = separator(event), parts(event)
        return None if between is None or values is None else between.join(values)

    return Typed(STRING, read)


def _concat(arguments: list[Typed], _: str | None) -> Typed:
    if len(arguments) < 2 or any(one.type is not STRING for one in arguments):
        raise RuleError("transformer 'concat' takes two or more strings")
    reads = [one.read for one in arguments]

    def read(event: Any) -> str | None:
        values = [one(event) for one in reads]
        return None if None in values else "".join(values)

    return Typed(STRING, read)


def _getopt(arguments: list[Typed], option: str | None) -> Typed:
    if len(arguments) != 2 or arguments[0].type is not LIST or arguments[1].constant is None:
        raise RuleError("transformer 'getopt' takes a list and a text of options: getopt(x.args, \"ab:\")[b]")
    read, known = arguments[0].read, arguments[1].constant

    def found(event: Any) -> list[str] | None:
        words = read(event)
        if words is None:
            return None
        options = _options(words, known)
        if option is None:
            return [name for name, _ in options] or None
        return [value for name, value in options if name == option] or None

    return Typed(LIST, found)


def _options(words: list[str], known: str) -> list[tuple[str, str]]:
    """Read options as getopt(3) does: up to `--` or the first word that is none."""
    found = []
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-", "--"):
        word, at = words[at][1:], at + 1
        while word:
            name, word = word[0], word[1:]
            place = known.find(name)
            if place < 0 or name == ":":
                continue
            value = ""
            if known[place + 1 : place + 2] == ":":
                value, word = word, ""
                if not value and at < len(words):
                    value, at = words[at], at + 1
            found.append((name, value))
    return found


def list_of(parts: list[Typed]) -> Typed:
    """Return a list made of strings. Raises RuleError for parts of another type."""
    if any(part.type is not STRING for part in parts):
        raise RuleError("a list in a transformer is made of strings")
    reads = [part.read for part in parts]

    def read(event: Any) -> list[str] | None:
        values = [one(event) for one in reads]
        return None if None in values else values

    return Typed(LIST, read)
