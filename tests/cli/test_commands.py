"""The commands as a user calls them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from falcosidekick import Falcosidekick
from generated import history, record

_TRUST = {"roleName": "App", "policyDocument": '{"Version":"2012-10-17","Statement":[]}'}


def _iamdrift(*words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "iamdrift.cli.main", *words]
    return subprocess.run(
        command, input=stdin, capture_output=True, check=False, env={**os.environ, **environment}, timeout=120
    )


def test_explain_shows_drift_and_alerts() -> None:
    """One record on standard input gives its drift and the alerts it raises."""
    done = _iamdrift(
        "explain", "--format", "json", stdin=json.dumps(record(1, "UpdateAssumeRolePolicy", _TRUST)).encode()
    )
    drift, alert = map(json.loads, done.stdout.splitlines())
    assert (drift["event"], drift["resource"]) == ("UpdateAssumeRolePolicy", "App")
    assert alert["rule"] == "iam_role_trust_policy_modified"


def test_explain_loads_no_beam() -> None:
    """`explain` answers without importing Beam, Kafka or Arrow, so it is there at once."""
    program = (
        "import sys; sys.argv=['iamdrift','explain','-']\n"
        "from iamdrift.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('apache_beam','kafka','pyarrow','deepdiff') if m in sys.modules])"
    )
    body = json.dumps(record(1, "UpdateAssumeRolePolicy", _TRUST)).encode()
    done = subprocess.run([sys.executable, "-c", program], input=body, capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_explain_says_why_nothing_happens() -> None:
    """A record that changes nothing is accounted for, not met with silence."""
    done = _iamdrift("explain", stdin=json.dumps(record(1, "ListRoles", {})).encode())
    assert done.stdout == b""
    assert b"skipped: read-only" in done.stderr


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "records.json", "records.json.gz", "folder"])
def test_replay_reads_every_form_of_file(tmp_path: Path, form: str) -> None:
    """Lines, CloudTrail's own files, gzip and folders give the same drift."""
    records = history(30)
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    whole = json.dumps({"Records": records}, indent=1).encode()
    content = lines if form.startswith("jsonl") else whole
    path = tmp_path / f"trail.{form}" if form != "folder" else tmp_path / "trail" / "a.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content) if form.endswith("gz") else content)
    done = _iamdrift("replay", str(path.parent if form == "folder" else path), "--format", "log")
    assert done.returncode == 0, done.stderr
    expected = _iamdrift("explain", "--format", "log", stdin=whole).stdout
    assert done.stdout == expected
    assert len(expected.splitlines()) > 20


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("replay", "/nowhere.json"), "/nowhere.json: no such file"),
        (("explain", "--set", "rules.fils=x"), "nearest known one is 'rules.files'"),
        (("explain", "--set", "rules.files=/nowhere.yaml"), "/nowhere.yaml: cannot read the rules"),
        (("run", "--bootstrap-servers", "127.0.0.1:1"), "no Kafka at 127.0.0.1:1"),
        (("replay", "x.jsonl", "--output", "kafka=x"), "--output wants http=URL"),
        (("run", "--set", "kafka.sasl_password:hunter2"), "--set wants SECTION.NAME=VALUE, as output.parquet=out"),
        (("run", "--runner", "flink"), "needs flink.master"),
        (("run", "--runner", "flink", "--flink-master", "127.0.0.1:1"), "no Flink at"),
        (("run", "--runner", "flink", "--flink-master", "x:1", "--flink-option", "bundle_size=1"), "'max_bundle_size'"),
        (("flink", "jar", "--output", "x.jar", "--set", "flink.job_server_jar=no.jar"), "not a file"),
        (("flink", "stop", "0" * 32, "--set", "flink.master=127.0.0.1:1"), "no Flink at"),
    ],
)
def test_errors_are_one_line(words: tuple[str, ...], message: str) -> None:
    """What the user got wrong is said in one line, with exit status 2 and no trace."""
    done = _iamdrift(*words, stdin=b"{}")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert message in line
    assert "hunter2" not in line


def test_a_broken_rule_is_placed(tmp_path: Path) -> None:
    """An error in a rule names file, line and column, and what was expected."""
    rules = tmp_path / "mine.yaml"
    rules.write_text("- rule: x\n  condition: evt.name = \n  output: y\n  priority: info\n")
    done = _iamdrift("explain", "--set", f"rules.files={rules}", stdin=b"{}")
    assert done.returncode == 2
    assert f"{rules}:2:14: rule 'x': condition" in done.stderr.decode()


def test_replay_posts_alerts(tmp_path: Path) -> None:
    """`--output http=URL` posts every alert that is shown."""
    receiver = Falcosidekick()
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in history(40)))
    done = _iamdrift("replay", str(path), "--format", "json", "--output", f"http={receiver.url}")
    receiver.close()
    assert done.returncode == 0, done.stderr
    shown = [line for line in done.stdout.splitlines() if b'"rule":' in line]
    assert len(shown) > 5
    assert sorted(receiver.taken) == sorted(shown)


def test_a_refused_alert_is_counted(tmp_path: Path) -> None:
    """A receiver that refuses an alert stops nothing: the summary says how many it refused."""
    receiver = Falcosidekick((400, 400))
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in history(40)))
    done = _iamdrift("replay", str(path), "--format", "json", IAMDRIFT_OUTPUT_HTTP=receiver.url)
    receiver.close()
    assert done.returncode == 0, done.stderr
    assert len(receiver.taken) == len([line for line in done.stdout.splitlines() if b'"rule":' in line]) - 2
    assert b"        2  alerts that a receiver refused" in done.stderr


def test_a_receiver_that_takes_no_alerts_is_one_line(tmp_path: Path) -> None:
    """A wrong path or token ends the command with one line, which shows neither."""
    receiver = Falcosidekick((401,) * 100)
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record(1, "UpdateAssumeRolePolicy", _TRUST)))
    url = receiver.url.replace("http://", "http://kit:hunter2@") + "s3cret?token=t0ken"
    done = _iamdrift("replay", str(path), "--output", f"http={url}")
    receiver.close()
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert f"{receiver.url}**** does not take alerts: it answers 401" in line
    assert not [secret for secret in ("hunter2", "s3cret", "t0ken") if secret in line]


def test_settings_are_shown_without_secrets(tmp_path: Path) -> None:
    """`--print-config` merges file, environment and flags, and masks secrets."""
    config = tmp_path / "iamdrift.toml"
    config.write_text('[kafka]\nsasl_password = "hunter2"\nsasl_username = "file"\n[input]\ngroup = "file"\n')
    done = _iamdrift(
        "run", "--config", str(config), "--group", "flag", "--print-config", IAMDRIFT_KAFKA_SASL_USERNAME="environment"
    )
    shown = done.stdout.decode()
    assert 'sasl_username = "environment"' in shown
    assert 'group = "flag"' in shown
    assert 'sasl_password = "****"' in shown
    assert "hunter2" not in shown


def test_coverage_lists_every_call() -> None:
    """The table is printed for people, and a JSON line an effect for programs."""
    lines = _iamdrift("coverage").stdout.decode().splitlines()
    assert any(line.split()[:3] == ["iam:AttachRolePolicy", "role", "managed_policy_arns"] for line in lines)
    rows = [json.loads(line) for line in _iamdrift("coverage", "--format", "json").stdout.splitlines()]
    calls = {(row["source"], row["call"]) for row in rows}
    assert lines[-1] == f"{len(calls)} calls"
    assert next(row for row in rows if row["call"] == "AcquireRole")["cannot_tell"].startswith("policies attached")
