"""Policy documents: what means the same, and what differs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from cases import read_cases
from iamdrift.policy.difference import EMPTY, document_change, trust_change
from iamdrift.policy.document import PolicyDocument, compact, document


def _document(body: Any) -> PolicyDocument:
    """Read a document; null stands for none, or none that is known."""
    return EMPTY if body is None else document(compact(json.dumps(body)), "aws")


@pytest.mark.parametrize(("first", "second"), read_cases(__file__, "equal.cases"))
def test_same_meaning_is_no_change(first: Any, second: Any) -> None:
    """Documents with the same meaning are the same, both ways, as trust and as permissions."""
    for one, other in ((first, second), (second, first)):
        assert trust_change(_document(one), _document(other)) == {}
        assert document_change(_document(one), _document(other)) == {}


@pytest.mark.parametrize(("before", "after", "change"), read_cases(__file__, "trust.cases"))
def test_trust_change(before: Any, after: Any, change: Any) -> None:
    """A trust policy's change is told in principals, actions and conditions."""
    found = trust_change(_document(before), _document(after))
    key = json.dumps
    assert {name: sorted(value, key=key) for name, value in found.items()} == {
        name: sorted(value, key=key) for name, value in change.items()
    }


def test_version_matters() -> None:
    """A 2008 document has no policy variables, so the version is part of the meaning."""
    statement = {"Effect": "Allow", "Action": "a:b", "Resource": "${aws:username}"}
    old = _document({"Version": "2008-10-17", "Statement": [statement]})
    new = _document({"Version": "2012-10-17", "Statement": [statement]})
    assert document_change(old, new)["version"] == {"from": "2008-10-17", "to": "2012-10-17"}


def test_percent_encoding_is_taken_off_and_plus_stays() -> None:
    """Response documents come percent-encoded; a plus sign in them is a plus sign."""
    body = '{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"a+b %"}]}'
    assert compact(quote(body)) == body


def test_json_that_is_no_policy_is_compared_as_json() -> None:
    """A document outside the policy grammar still shows its change."""
    change = document_change(_document({"Statement": 1}), _document({"Statement": 2}))
    assert "values_changed" in change["json"]
    assert document_change(document("nonsense", "aws"), document("other", "aws")) == {"from": "nonsense", "to": "other"}
