"""Random histories, out of order, twice and with renames, through the whole graph: it says what the pure core says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from histories import history
from iamdrift.cloudtrail.event import parse_event
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.drift.snapshot_json import snapshot_json
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.aliases import Aliases, admit
from iamdrift.iam.route import route
from iamdrift.transforms.routed import Routed, RoutedCoder, RoutedEvent, RoutedEventCoder


def test_the_graph_says_what_the_core_says(tmp_path: Path) -> None:
    """Drift records and last snapshots of a history are the same, byte for byte."""
    _, delivered = history(seed=10, length=400, gap=20)
    (tmp_path / "history.jsonl").write_bytes(b"\n".join(delivered))
    snapshots = tmp_path / "snapshots.jsonl"
    arguments = ["--format", "json", "--snapshots", str(snapshots), "--set", "rules.bundled=false"]
    command = [sys.executable, "-m", "iamdrift.cli.main", "replay", str(tmp_path / "history.jsonl"), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    core = Core(RuleSet.of(()))
    told = [drift_json(one) for one in core.take_all(list(delivered)) if isinstance(one, Drift)]
    assert sum(b"newGroupName" in message or b"newUserName" in message for message in delivered) > 10
    assert done.stdout.splitlines() == told
    known = {str(key): snapshot_json(key, snapshot) for key, snapshot in core.snapshots().items()}
    assert snapshots.read_bytes().splitlines() == [line for _, line in sorted(known.items())]


def test_elements_cross_between_workers() -> None:
    """What the steps hand on is the same on the other side, moved and withdrawn touches too."""
    aliases, recent, withdrawn = Aliases(), [], 0
    for message in history(seed=22, length=400, gap=20)[1]:
        event = parse_event(message)
        touches = route(event)
        one = RoutedEvent(event, touches)
        assert RoutedEventCoder().decode(RoutedEventCoder().encode(one)) == one
        admitted = admit(aliases, lambda held=recent: held, event, touches)
        aliases = admitted.aliases or aliases
        recent = [*recent, event.raw] if admitted.recent is None else admitted.recent
        for routed in map(Routed._make, admitted.touches):
            assert RoutedCoder().decode(RoutedCoder().encode(routed)) == routed
            withdrawn += routed.touch.withdrawn
    assert withdrawn > 3
