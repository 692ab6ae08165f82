"""Globs as fnmatch(3) reads them without flags, byte by byte: `*` and `?` match `/`, a backslash escapes.

They run on RE2, so that no pattern makes a match slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

_CLASSES = frozenset(
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"]
)
_ANY, _NONE = r"[\x00-\xff]", r"[^\x00-\xff]"
_SPECIAL = re.compile(r"[*?\[\\]")


def glob_test(glob: str, *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Return the test of a glob on a whole text."""
    if not ignore_case and not _SPECIAL.search(glob):
        return lambda value: value == glob
    if not ignore_case and (simple := _simple(glob)):
        return simple
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.log_errors = False
    options.case_sensitive = not ignore_case
    match = re2.compile(glob_pattern(_bytes(glob)).encode("latin-1"), options).fullmatch
    return lambda value: match(_bytes(value).encode("latin-1")) is not None


def _simple(glob: str) -> Callable[[str], bool] | None:
    """Return a plain test of text where stars stand only at the ends."""
    inner = glob.strip("*")
    if _SPECIAL.search(inner) or not inner:
        return None
    first, last = glob.startswith("*"), glob.endswith("*")
    if first and last:
        return lambda value: inner in value
    return (lambda value: value.endswith(inner)) if first else (lambda value: value.startswith(inner))


def _bytes(text: str) -> str:
    """Return text with one character for each byte of its UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def glob_pattern(glob: str) -> str:
    """Translate a glob to a regular expression of RE2."""
    out: list[str] = []
    at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "*":
            if not out or out[-1] != ".*":
                out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "\\":
            # One at the end escapes nothing and matches nothing.
            out.append(re2.escape(glob[at]) if at < len(glob) else _NONE)
            at += 1
        elif char == "[" and (bracket := _bracket(glob, at)):
            out.append(bracket[0])
            at = bracket[1]
        else:
            out.append(re2.escape(char))
    return "".join(out)


def _bracket(glob: str, at: int) -> tuple[str, int] | None:
    """Translate a bracket expression that begins before `at`; None where it never ends."""
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    parts: list[str] = []
    first = True
    while at < len(glob):
        char = glob[at]
        if char == "]" and not first:
            if not parts:
                return _ANY if negated else _NONE, at + 1
            return f"[{'^' if negated else ''}{''.join(parts)}]", at + 1
        first = False
        if char == "[" and glob[at + 1 : at + 2] == ":" and (end := glob.find(":]", at + 2)) > 0:
            name = glob[at + 2 : end]
            if name not in _CLASSES:
                return None
            parts.append(f"[:{name}:]")
            at = end + 2
            continue
        low, at = _member(glob, at)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(glob, at + 1)
            if low > high:
                continue
            parts.append(f"{_escaped(low)}-{_escaped(high)}")
        else:
            parts.append(_escaped(low))
    return None


def _member(glob: str, at: int) -> tuple[str, int]:
    if glob[at] == "\\" and at + 1 < len(glob):
        at += 1
    return glob[at], at + 1


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}"
