"""`iamdrift rules …` as a user calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from generated import record

_ROOT = Path(__file__).resolve().parents[2]
_RULE = """\
- rule: prod_role_changed
  condition: resource.kind = role and resource.name startswith prod-
  output: "Production role changed (role=%resource by=%user)"
  priority: warning
"""
_CASES = """\
fires:
  - name: a tag
    calls: [TagRole: {roleName: prod-api, tags: [{key: a, value: b}]}]
silent:
  - name: another role
    calls: [TagRole: {roleName: dev-api, tags: [{key: a, value: b}]}]
"""


def _rules(*words: str, lines: tuple[object, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    stdin = "".join(f"{json.dumps(one)}\n" if isinstance(one, str) else f"{one!r}\n" for one in lines).encode()
    command = [sys.executable, "-m", "iamdrift.cli.main", "rules", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a user's folder of rules with cases."""
    (tmp_path / "mine.yaml").write_text(_RULE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "prod_role_changed.yaml").write_text(_CASES)
    return tmp_path


def test_check_prints_what_falco_prints(tmp_path: Path) -> None:
    """`check --json` is one line of the shape that Falco prints, with code, place and snippet, and ends with 1."""
    file = tmp_path / "mine.yaml"
    file.write_text(_RULE.replace("startswith", "begins"))
    done = _rules("check", "--json", str(file))
    (line,) = done.stdout.splitlines()
    (result,) = json.loads(line)["falco_load_results"]
    assert (done.returncode, result["successful"], result["name"]) == (1, False, str(file))
    (error,) = result["errors"]
    assert sorted(error) == ["code", "codedesc", "context", "message"]
    assert error["code"] == "LOAD_ERR_COMPILE_CONDITION"
    places = error["context"]["locations"]
    assert [one["item_type"] for one in places] == ["rules content", "rule", "rule condition", "condition expression"]
    assert "begins" in error["context"]["snippet"]


def test_check_is_for_people_too(folder: Path) -> None:
    """Without --json a line says whether a file is good; what is wrong names file, line and column."""
    assert _rules("check", str(folder / "mine.yaml")).stdout.decode() == f"{folder / 'mine.yaml'}: Ok\n"
    (folder / "mine.yaml").write_text(_RULE.replace("resource.name", "resource.nom"))
    done = _rules("check", str(folder / "mine.yaml"))
    assert done.returncode == 1
    shown = done.stdout.decode()
    assert "mine.yaml: Invalid" in shown
    assert "resource.nom" in shown


def test_the_rules_that_ship_are_good() -> None:
    """They load without an error and without a warning, but for how two write their priority."""
    done = _rules("check", "--json")
    results = json.loads(done.stdout)["falco_load_results"]
    assert len(results) > 5
    assert all(one["successful"] for one in results)
    assert [one["warnings"] for one in results if one["warnings"]] == []
    told = [warning for one in results for warning in one["schema_warnings"] if not warning.endswith("out of form")]
    assert len(told) == 2
    assert all("the priority" in warning for warning in told)


def test_a_folder_of_rules_is_tested(folder: Path) -> None:
    """Cases of a user's folder run on the real core; --all wants both kinds of cases of the folder's rules only."""
    done = _rules("test", "--all", str(folder))
    assert (done.returncode, done.stdout) == (0, b"2 passed, 0 failed\n")
    (folder / "mine.yaml").write_text(_RULE + _RULE.replace("prod_role_changed", "another"))
    done = _rules("test", "--all", str(folder))
    assert done.returncode == 1
    assert b"FAILED another, has a case under fires" in done.stdout
    assert b"2 passed, 2 failed" in done.stdout


def test_a_failure_shows_the_difference(folder: Path) -> None:
    """What was expected and what came are shown like a diff, and JUnit's XML has it too."""
    cases = folder / "tests" / "prod_role_changed.yaml"
    cases.write_text(_CASES.replace("name: a tag\n", 'name: a tag\n    alert: {output: "Changed (role=prod-api)"}\n'))
    done = _rules("test", str(folder), "--junit", str(folder / "junit.xml"))
    assert done.returncode == 1
    shown = done.stdout.decode().splitlines()
    assert any(line.strip().startswith("- ") and "Changed (role=prod-api)" in line for line in shown)
    assert any(line.strip().startswith("+ ") and "Production role changed (role=prod-api" in line for line in shown)
    suite = ET.parse(folder / "junit.xml").getroot()
    suite = suite if suite.tag == "testsuite" else suite[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_the_page_of_fields_is_that_of_the_registry() -> None:
    """docs/fields.md is what the command prints."""
    done = _rules("fields", "--format", "markdown")
    assert done.stdout.decode() == (_ROOT / "docs" / "fields.md").read_text()


def test_parse() -> None:
    """Each line is answered in its place, and one that is no condition, or no string, stops nothing."""
    lines = ("a.b=c and(x)", "a.b ~ c", 7, "", 'evt.name in (x, "y z")')
    answers = [json.loads(line) for line in _rules("parse", "--json", lines=lines).stdout.splitlines()]
    assert [one["ok"] for one in answers] == [True, False, False, False, True]
    assert answers[0]["canonical"] == "(a.b = c and x)"
    assert answers[1]["column"] == 5
    assert answers[4]["canonical"] == 'evt.name in (x, "y z")'
    done = _rules("parse", lines=lines[:2])
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[0] == "(a.b = c and x)"
    assert done.stdout.decode().splitlines()[1].startswith("error at column 5: ")


def test_eval(tmp_path: Path) -> None:
    """Matches are told by the number of the record in the file; a broken one matches nothing and keeps its number."""
    records = [record(1, "TagRole", {"roleName": "a"}), record(2, "ListRoles", {}), record(3, "TagRole", {})]
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join([json.dumps(records[0]), "{broken", json.dumps(records[1]), json.dumps(records[2])]))
    lines = ("ct.name = TagRole", "ct.name startswith List", "iam.role exists", "ct.nope = 1", "not ct.name = x")
    done = _rules("eval", "--records", str(file), "--json", lines=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one.get("matches") for one in answers] == [[1, 4], [3], [1], None, [1, 3, 4]]
    assert "ct.nope" in answers[3]["error"]


def test_a_hostile_rule_file_is_answered_at_once(tmp_path: Path) -> None:
    """A condition nested without end is an error in a line, in little more than the time that the command starts in."""
    file = tmp_path / "mine.yaml"
    file.write_text(f"- rule: r\n  condition: {'(' * 200_000}\n  output: o\n  priority: warning\n")
    begin = time.process_time()
    done = _rules("check", str(file))
    assert done.returncode == 1
    assert b"exceeded max depth limit of 1000" in done.stdout
    assert time.process_time() - begin < 30
