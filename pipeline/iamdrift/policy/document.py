"""IAM policy documents in canonical form: two documents with the same meaning are equal.

What does not matter (IAM user guide, "Grammar of the IAM JSON policy language"): a string or a list of one, the order
of statements and of values, `Sid` and `Id`, the case of actions, condition operators and condition keys, percent
encoding, an account id instead of that account's root ARN, `true` or `"true"`. What does matter stays: `Version`
(2008 documents have no policy variables), resources, principals and condition values with their case.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

Facts = frozenset[Any]

# What an element of a statement adds to: the name of its facet, and how its value is read.
_PRINCIPALS, _FOLDED, _EXACT, _CONDITIONS = range(4)
_ELEMENTS = {
    "Principal": ("principals", _PRINCIPALS),
    "NotPrincipal": ("not_principals", _PRINCIPALS),
    "Action": ("actions", _FOLDED),
    "NotAction": ("not_actions", _FOLDED),
    "Resource": ("resources", _EXACT),
    "NotResource": ("not_resources", _EXACT),
    "Condition": ("conditions", _CONDITIONS),
}
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Condition(msgspec.Struct, frozen=True, gc=False):
    """One condition clause: operator and key as written, values sorted."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self._folded() == other._folded()

    def __hash__(self) -> int:
        return hash(self._folded())

    def _folded(self) -> tuple[str, str, tuple[str, ...]]:
        return self.operator.casefold(), self.key.casefold(), self.values


class PolicyDocument(msgspec.Struct, frozen=True, gc=False):
    """A policy document.

    `text` is compact JSON as sent; equality looks at the version and at `statements`, which maps the canonical form of
    each statement to the statement as written. `facets` gather over all statements what is allowed and, under a name
    with `denied_` in front, what is denied. `spelling` gives actions back the case they were written in. A document
    that is not of the policy grammar has `statements` None and is compared as JSON.
    """

    text: str
    version: str | None
    statements: dict[Any, dict[str, Any]] | None
    facets: dict[str, Facts]
    spelling: dict[str, str]

    def same_as(self, other: PolicyDocument) -> bool:
        """Say whether two documents mean the same."""
        if self.text == other.text:
            return True
        if self.statements is None or other.statements is None:
            return False
        return self.version == other.version and self.statements.keys() == other.statements.keys()


# Documents on their way from the event to the comparison, so that one is decoded once and not three times.
_decoded: dict[str, Any] = {}
_DECODED_LIMIT = 2048


@lru_cache(maxsize=_DECODED_LIMIT)
def compact(text: str) -> str:
    """Return a document as compact JSON, percent-decoded where it came encoded; text that is no JSON stays as it is.

    Percent-decoding, not form decoding: a plus sign in a policy is a plus sign.
    """
    plain = unquote(text) if text[:1] == "%" else text
    try:
        body = _decode(plain)
        small = _encode(body).decode()
    except (msgspec.DecodeError, UnicodeError):
        return plain
    if len(_decoded) >= _DECODED_LIMIT:
        _decoded.clear()
    _decoded[small] = body
    return small


def _body(text: str) -> Any:
    """Decode a document; None when it is no JSON."""
    found = _decoded.get(text)
    if found is not None:
        return found
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return None


@lru_cache(maxsize=8192)
def as_json(text: str) -> msgspec.Raw | str:
    """Return a document from `compact` so that it is written as JSON, not as a string; other text stays text."""
    return msgspec.Raw(text.encode()) if isinstance(_body(text), dict) else text


@lru_cache(maxsize=4096)
def document(text: str, partition: str) -> PolicyDocument:
    """Read a policy document from compact JSON; `partition` completes principals that are bare account ids."""
    body = _body(text)
    written = body.get("Statement") if isinstance(body, dict) else None
    if isinstance(written, dict):
        written = [written]
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        return PolicyDocument(text, None, None, {}, {})
    statements: dict[Any, dict[str, Any]] = {}
    facets: dict[str, Facts] = {}
    spelling: dict[str, str] = {}
    for statement in written:
        statements[_canonical(statement, partition, facets, spelling)] = statement
    version = body.get("Version")
    return PolicyDocument(text, version if isinstance(version, str) else None, statements, facets, spelling)


def _canonical(
    statement: dict[str, Any], partition: str, facets: dict[str, Facts], spelling: dict[str, str]
) -> frozenset[Any]:
    """Return the facts of a statement, by facet, and add them to the facets of its document."""
    denied = statement.get("Effect") != "Allow"
    parts: list[Any] = [statement.get("Effect")] if denied else []
    for element, value in statement.items():
        facet, reading = _ELEMENTS.get(element, ("", None))
        facts: Facts
        if reading is None or value is None:
            continue
        if reading == _EXACT:
            facts = frozenset(_texts(value))
        elif reading == _FOLDED:
            folded = {text.casefold(): text for text in _texts(value)}
            spelling.update(folded)
            facts = frozenset(folded)
        elif reading == _PRINCIPALS:
            facts = frozenset(_principals(value, partition))
        elif isinstance(value, dict) and value:
            facts = frozenset(_conditions(value))
        else:
            continue
        if not facts:
            continue
        if denied:
            facet = f"denied_{facet}"
        parts.append((facet, facts))
        facets[facet] = facets[facet] | facts if facet in facets else facts
    return frozenset(parts)


def _principals(value: Any, partition: str) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [("*", text) for text in _texts(value)]
    return [
        (kind, f"arn:{partition}:iam::{name}:root")
        if kind == "AWS" and len(name) == 12 and name.isdigit()
        else (kind, name)
        for kind, names in value.items()
        for name in _texts(names)
    ]


def _conditions(conditions: dict[str, Any]) -> Iterable[Condition]:
    for operator, keys in conditions.items():
        if isinstance(keys, dict):
            for key, values in keys.items():
                yield Condition(operator, key, tuple(sorted(set(_texts(values)))))
        else:
            yield Condition(operator, "", tuple(sorted(set(_texts(keys)))))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [one if isinstance(one, str) else _encode(one).decode() for one in value]
    return [_encode(value).decode()]
