"""Regular expressions on RE2 in POSIX syntax, longest match, on whole texts: what Falco's `regex` operator is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2

from iamdrift.errors import RuleError


@lru_cache(maxsize=1024)
def regex_test(pattern: str) -> Callable[[str], bool]:
    r"""Return the test of a pattern on a whole text. Raises RuleError for what POSIX lacks, as `\d` or `(?i)`."""
    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.never_capture = True
    options.log_errors = False
    try:
        match = re2.compile(pattern, options).fullmatch
    except (re2.error, UnicodeEncodeError) as error:
        told = error.args[0] if error.args else ""
        told = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise RuleError(
            f"regex '{pattern}' is not POSIX: {told}; write [[:digit:]] or [0-9] for a class of characters"
        ) from error
    return lambda value: match(value) is not None
