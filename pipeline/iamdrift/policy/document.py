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

# The elements of a statement: name in the document, name of its facet, and whether letter case matters.
_ELEMENTS = (
    ("Principal", "principals", True),
    ("NotPrincipal", "not_principals", True),
    ("Action", "actions", False),
    ("NotAction", "not_actions", False),
    ("Resource", "resources", True),
    ("NotResource", "not_resources", True),
)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_NO_ELEMENT: Facts = frozenset()


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

    `text` is compact JSON as sent, `meaning` is what equality looks at: the version and the set of canonical
    statements, each with its own statement as written beside it in `statements`. `facets` gather over all statements
    what is allowed and, under a name with `denied_` in front, what is denied. `spelling` gives actions back the case
    they were written in. A document that is not of the policy grammar has `meaning` None and is compared as JSON.
    """

    text: str
    version: str | None
    meaning: frozenset[Any] | None
    statements: dict[Any, dict[str, Any]]
    facets: dict[str, Facts]
    spelling: dict[str, str]

    def same_as(self, other: PolicyDocument) -> bool:
        """Say whether two documents mean the same."""
        if self.text == other.text:
            return True
        if self.meaning is None or other.meaning is None:
            return False
        return self.version == other.version and self.meaning == other.meaning


def compact(text: str) -> str:
    """Return a document as compact JSON, percent-decoded where it came encoded; text that is no JSON stays as it is.

    Percent-decoding, not form decoding: a plus sign in a policy is a plus sign.
    """
    plain = unquote(text) if text[:1] == "%" else text
    try:
        return _encode(_decode(plain)).decode()
    except (msgspec.DecodeError, UnicodeError):
        return plain


@lru_cache(maxsize=4096)
def document(text: str, partition: str) -> PolicyDocument:
    """Read a policy document from compact JSON; `partition` completes principals that are bare account ids."""
    try:
        body = _decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return PolicyDocument(text, None, None, {}, {}, {})
    written = body.get("Statement") if isinstance(body, dict) else None
    if isinstance(written, dict):
        written = [written]
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        return PolicyDocument(text, None, None, {}, {}, {})
    statements: dict[Any, dict[str, Any]] = {}
    facets: dict[str, set[Any]] = {}
    spelling: dict[str, str] = {}
    for statement in written:
        statements[_canonical(statement, partition, facets, spelling)] = statement
    version = body.get("Version")
    return PolicyDocument(
        text,
        version if isinstance(version, str) else None,
        frozenset(statements),
        statements,
        {name: frozenset(facts) for name, facts in facets.items()},
        spelling,
    )


def _canonical(
    statement: dict[str, Any], partition: str, facets: dict[str, set[Any]], spelling: dict[str, str]
) -> tuple[Any, ...]:
    effect = statement.get("Effect")
    prefix = "" if effect == "Allow" else "denied_"
    parts: list[Any] = [effect]
    for element, facet, case_matters in _ELEMENTS:
        value = statement.get(element)
        if value is None:
            parts.append(_NO_ELEMENT)
            continue
        facts: Facts
        if element.endswith("Principal"):
            facts = frozenset(_principals(value, partition))
        elif case_matters:
            facts = frozenset(_texts(value))
        else:
            folded = {text.casefold(): text for text in _texts(value)}
            spelling.update(folded)
            facts = frozenset(folded)
        parts.append(facts)
        facets.setdefault(prefix + facet, set()).update(facts)
    conditions = statement.get("Condition")
    if isinstance(conditions, dict) and conditions:
        clauses = frozenset(_conditions(conditions))
        parts.append(clauses)
        facets.setdefault(prefix + "conditions", set()).update(clauses)
    return tuple(parts)


def _principals(value: Any, partition: str) -> Iterable[tuple[str, str]]:
    if not isinstance(value, dict):
        for text in _texts(value):
            yield "*", text
        return
    for kind, names in value.items():
        for name in _texts(names):
            if kind == "AWS" and len(name) == 12 and name.isdigit():
                yield kind, f"arn:{partition}:iam::{name}:root"
            else:
                yield kind, name


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
