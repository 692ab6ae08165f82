"""Rule files: what loads, what it becomes, and what is said, and where, of what does not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from iamdrift.falco.fields.sources import sources
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.loading.load import Loaded, load

_CASES = yaml.load(Path(__file__).with_name("files.yaml").read_text(), yaml.BaseLoader)
_RULE = "- {{rule: r, condition: {}, output: o, desc: d, priority: INFO, source: aws_cloudtrail}}\n"


def _load(*texts: str) -> Loaded:
    return load([RuleFile(f"{number}.yaml", text) for number, text in enumerate(texts)], sources())


@pytest.mark.parametrize("case", _CASES, ids=lambda case: str(case["name"]))
def test_files(case: dict[str, Any]) -> None:
    """A rule file becomes what the engine makes of it, or is refused with its code at its place."""
    loaded = _load(*case.get("files", [case.get("text")]))
    result = loaded.results[-1]
    if "error" in case:
        code, message, line, column = case["error"]
        (problem,) = result.errors
        last = problem.context.locations[-1]
        assert (problem.code, last.line, last.column) == (code, int(line), int(column))
        assert message in problem.message
    else:
        assert result.errors == []
    if "warnings" in case:
        assert [one.code for one in result.warnings] == case["warnings"]
    if "conditions" in case:
        compiled = {one.item.name: str(one.node) for one in loaded.rules if one.item.enabled}
        assert compiled == case["conditions"]
        assert list(compiled) == list(case["conditions"])


def test_results_have_the_engines_shape() -> None:
    """The JSON of a result is that of falco_load_results: the way to the place, and the line with a marker."""
    loaded = _load(
        "- rule: r\n  desc: d\n  condition: ct.name = a and ct.nobody = b\n  output: o\n"
        "  priority: INFO\n  source: aws_cloudtrail\n"
    )
    body = loaded.results[0].as_json(loaded.contents)
    assert list(body) == sorted(body)
    assert (body["name"], body["successful"], body["schema_valid"]) == ("0.yaml", False, True)
    (error,) = body["errors"]
    assert error["code"] == "LOAD_ERR_COMPILE_CONDITION"
    assert error["codedesc"] == "Error compiling condition"
    places = [(one["item_type"], one["item_name"], one["position"]["name"]) for one in error["context"]["locations"]]
    assert places == [
        ("rules content", "", "0.yaml"),
        ("rule", "r", "0.yaml"),
        ("rule condition", "", "0.yaml"),
        ("condition expression", "", '"ct.name = a and c..."'),
    ]
    line, marker, end = error["context"]["snippet"].split("\n")
    assert (line, marker.strip(), end) == ("ct.name = a and ct.nobody = b", "^", "")
    json.dumps(body)


def test_out_of_form_is_told_and_does_no_harm() -> None:
    """What is out of form is a warning of the schema, and the file loads."""
    loaded = _load(
        "- {rule: r, condition: ct.name = a, output: o, desc: d, priority: info, source: aws_cloudtrail, x: y}\n"
    )
    assert loaded.results[0].schema_warnings[:2] == [
        "<root>[0]: the key 'x' is none of a rule file",
        "<root>[0]: the priority 'info' is not written in capital letters",
    ]
    assert len(loaded.rules) == 1


_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_MANY_MACROS = "".join(
    f"- macro: m{number}\n  condition: {' or '.join([f'm{number - 1}'] * 9) if number else 'ct.name = a'}\n"
    for number in range(40)
)


@pytest.mark.parametrize(
    "text",
    [
        _RULE.format(f'"{"(" * 100_000}"'),
        _RULE.format(f'"{"not " * 100_000}a"'),
        _RULE.format(f'"{"tolower(" * 100_000}"'),
        _RULE.format(f'"{"ct.name = a or " * 100_000}"'),
        "[" * 100_000,
        "- " * 100_000,
        "{a: " * 100_000,
        _BOMB,
        f"- {_BOMB.splitlines()[0]}\n- rule: r\n  exceptions: {'[' * 90}{']' * 90}\n",
        "- list: a\n  items: [" + "a, " * 100_000 + "a]\n" + _RULE.format("ct.name in (" + "a, " * 1000 + "a)"),
        _MANY_MACROS + _RULE.format("m39"),
        f"- rule: r\n  condition: ct.name = a\n  output: '{'%' + 'a' * 100_000}'\n  priority: info\n  desc: d\n",
        f"- rule: r\n  condition: ct.name = a\n  output: '{'%tolower(' * 20_000}'\n  priority: info\n  desc: d\n",
        "\x00",
        "- rule: \ud800",
    ],
    ids=range(15),
)
def test_hostile_files_are_answered(text: str) -> None:
    """A file that is made to do harm is refused, or loads, soon: no deep nesting, bomb or huge list takes long."""
    started = time.process_time()
    loaded = _load(text)
    assert loaded.results
    # It takes well under a second; what it guards against takes hours.
    assert time.process_time() - started < 20
