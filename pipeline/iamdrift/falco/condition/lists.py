"""Putting the items of lists into a condition: as text and before it is parsed, as Falco's engine does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iamdrift.errors import RuleError

_BLANK = " \t\n\r"
# A condition that lists blow up beyond this is an attack or a mistake.
_MAX_LENGTH = 4_000_000


def quote_item(item: str) -> str:
    """Put an item with a blank into double quotes, unless it begins with a quote."""
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item


def put_list(condition: str, name: str, items: Iterable[str]) -> tuple[str, bool]:
    """Put a list's items wherever its name stands between delimiters; says whether it stood anywhere.

    The delimiters are blanks, `(`, `)`, `,`, `=` and the ends of the text, inside of quotes too. An empty list takes
    one comma beside it along. Raises RuleError when the result would be too long.
    """
    if name not in condition:
        return condition, False
    joined = ", ".join(map(quote_item, items))
    pattern = re.compile(rf"(?:(?<=[{_BLANK}(),=])|^){re.escape(name)}(?=[{_BLANK}(),=]|$)".replace("$", r"\Z"))
    out: list[str] = []
    length, at = 0, 0
    for found in pattern.finditer(condition):
        start, end = found.span()
        before = condition[at:start].rstrip(_BLANK)
        after = len(condition) - len(condition[end:].lstrip(_BLANK))
        if not joined:
            if before.endswith(","):
                before = before[:-1]
            elif condition[after : after + 1] == ",":
                after += 1
        out += [before, " " if before or at else "", joined, " "]
        length += len(before) + len(joined) + 2
        if length > _MAX_LENGTH:
            raise RuleError(f"the lists in this condition make it longer than {_MAX_LENGTH} characters")
        at = after
    if not out:
        return condition, False
    return "".join(out) + condition[at:], True
