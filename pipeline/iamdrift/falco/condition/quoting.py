"""Quoted strings of the condition language: what stands for what, both ways (`filter/escaping` in Falco)."""

from __future__ import annotations

import re

_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/"}
_PRINTED = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_TO_QUOTE = re.compile(r"[\x00-\x20=\\\"'\x7f]")
_HEX = re.compile(r"[0-9a-fA-F]{2}")


def quoted(value: str) -> str:
    """Return a value as the engine prints it: in double quotes where it holds blanks, `=`, quotes or the like."""
    if not _TO_QUOTE.search(value):
        return value
    return '"' + "".join(map(_printed, value)) + '"'


def _printed(char: str) -> str:
    if char in _PRINTED:
        return _PRINTED[char]
    return f"\\x{ord(char):02x}" if char < " " or char == "\x7f" else char


def unquoted(text: str, quote: str) -> str:
    r"""Return what the text between two quotes stands for. Raises ValueError for an escape that is none.

    `\xHH` is a byte; bytes that are no UTF-8 are kept as they are. A backslash before a blank stands for itself, which
    Falco keeps for old rules.
    """
    if "\\" not in text:
        return text
    out = bytearray()
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char != "\\":
            out += char.encode("utf-8", "surrogateescape")
            continue
        escape = text[at : at + 1]
        at += 1
        if escape == "x" and (digits := _HEX.match(text, at)):
            out.append(int(digits.group(), 16))
            at = digits.end()
        elif escape in ("'", '"') and escape != quote:
            raise ValueError(f"invalid \\{escape} escape in {quote}-quoted string")
        else:
            out += _plain(escape).encode()
    return out.decode("utf-8", "surrogateescape")


def _plain(escape: str) -> str:
    if escape == " ":
        return "\\"
    if escape in ("'", '"'):
        return escape
    if escape not in _PLAIN:
        raise ValueError(f"unsupported string escape sequence: \\{escape}")
    return _PLAIN[escape]
