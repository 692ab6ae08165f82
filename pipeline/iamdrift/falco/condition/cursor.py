"""A place in a text that moves over tokens: what the parser is made of, as Falco's has no lexer of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

from iamdrift.errors import RuleError
from iamdrift.falco.condition.quoting import unquoted

_BLANKS = re.compile(r"[ \t\r\n\b]+")


class TextPlace(NamedTuple):
    """A place in a condition as the engine counts: `offset` in bytes from 0, `line` and `column` (bytes) from 1."""

    offset: int
    line: int
    column: int


def place_in(text: str, at: int) -> TextPlace:
    """Return the place of the character `at`."""
    before = text[:at].encode("utf-8", "surrogateescape")
    lines = re.split(rb"[\r\n]", before)
    return TextPlace(len(before), len(lines), len(lines[-1]) + 1)


class ConditionError(RuleError):
    """A condition that does not parse or compile: what is wrong, and the character `at` which it was seen."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Cursor:
    """Where the parser is; `last` is the last token it took."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.last = ""

    def blanks(self) -> bool:
        """Move over blanks; say whether there were any."""
        found = _BLANKS.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def take(self, token: str) -> bool:
        """Move over a token, if it is next."""
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        self.last = token
        return True

    def take_any(self, tokens: tuple[str, ...]) -> bool:
        """Move over the first of some tokens that is next."""
        return any(self.take(token) for token in tokens)

    def match(self, pattern: re.Pattern[str]) -> bool:
        """Move over what a pattern matches, if it does here."""
        found = pattern.match(self.text, self.at)
        if found is None or not found.group():
            return False
        self.at = found.end()
        self.last = found.group()
        return True

    def take_quoted(self) -> bool:
        r"""Move over a quoted string; `last` is what it stands for.

        A quote after a backslash never ends it, not even after two. Raises ConditionError for a wrong escape.
        """
        quote = self.text[self.at : self.at + 1]
        if quote not in ("'", '"') or not quote:
            return False
        end = self.text.find(quote, self.at + 1)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find(quote, end + 1)
        if end < 0:
            self.last = self.text[self.at :]
            return False
        inside, self.at = self.text[self.at + 1 : end], end + 1
        try:
            self.last = unquoted(inside, quote)
        except ValueError as error:
            raise self.error(str(error)) from error
        return True

    def error(self, message: str) -> ConditionError:
        """Make an error at this place."""
        return ConditionError(message, self.at)
