"""The demo's story through the whole graph on the local runner, against golden files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_GOLDEN = _ROOT / "tests" / "golden"
sys.path.insert(0, str(_ROOT / "demo"))


def _replay(tmp_path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    from story import messages

    folder = tmp_path / "story"
    folder.mkdir()
    for number, message in enumerate(messages()):
        (folder / f"{number:02}.json").write_bytes(message)
    command = [sys.executable, "-m", "iamdrift.cli.main", "replay", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _check(name: str, text: str) -> None:
    golden = _GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


def test_full_records(tmp_path: Path) -> None:
    """Drift, alerts and dead letters of the story are the golden ones, in full."""
    done = _replay(tmp_path, "--format", "json", "--snapshots", str(tmp_path / "snapshots.jsonl"))
    assert done.returncode == 0, done.stderr
    _check("story.jsonl", done.stdout.replace(str(tmp_path), ""))
    _check("story.snapshots.jsonl", (tmp_path / "snapshots.jsonl").read_text())


def test_text(tmp_path: Path) -> None:
    """What people read of the story is the golden text."""
    done = _replay(tmp_path, "--format", "text")
    _check("story.txt", done.stdout.replace(str(tmp_path), ""))


def test_every_record_is_accounted_for(tmp_path: Path) -> None:
    """Records read = IAM changes + skipped + dead letters, as the summary says."""
    done = _replay(tmp_path)
    counts = {}
    for line in done.stderr.splitlines():
        number, _, label = line.strip().partition("  ")
        counts[label] = int(number.replace(",", ""))
    skipped = sum(count for label, count in counts.items() if label.startswith("skipped"))
    assert counts["records read"] == 16 == counts["calls on IAM among them"] + skipped + counts["dead letters"]


_LINE = (
    '{"service":"iam","event":"UpdateAssumeRolePolicy","resource":"MyAppRole",'
    '"changes":{"assume_role_policy":{"added_principals":["arn:aws:iam::123456789012:role/NewTrustedRole"],'
    '"removed_principals":[]}},"user":"admin@example.com","timestamp":"2025-12-06T07:30:00Z"}'
)


def test_log_format_is_the_contract(tmp_path: Path) -> None:
    """`--format log` prints the example line of the contract, to the letter."""
    lines = _replay(tmp_path, "--format", "log").stdout.splitlines()
    assert [one for one in lines if json.loads(one)["event"] == "UpdateAssumeRolePolicy"] == [_LINE]


def test_log_line_of_one_event_alone() -> None:
    """The same line comes of the example's event when nothing is known of its role."""
    from story import ADMIN, record

    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/NewTrustedRole"},
        "Action": "sts:AssumeRole",
    }
    request = {"roleName": "MyAppRole", "policyDocument": json.dumps({"Version": "2012-10-17", "Statement": [trust]})}
    event = record(1, "07:30:00", ADMIN, "UpdateAssumeRolePolicy", request)
    command = [sys.executable, "-m", "iamdrift.cli.main", "explain", "-", "--format", "log"]
    done = subprocess.run(command, input=json.dumps(event), capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == (_LINE, 0)
