"""What weighing state by its length gains on the local runner: the same replay with Beam's own weighing and with ours.

python bench/state_cache.py [--count N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from apache_beam.runners.worker import statecache

from generated import history
from iamdrift.config import Settings
from iamdrift.options import replay_job
from iamdrift.runner import run_local
from iamdrift.transforms import beam_state

_BEAMS_OWN = statecache.get_deep_size
_INSTALL = beam_state.install


def replay(file: Path, *, ours: bool) -> float:
    statecache.get_deep_size = _BEAMS_OWN
    beam_state.install = _INSTALL if ours else lambda: None
    begin = time.process_time()
    run_local(replay_job(Settings(), [file]))
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "trail.jsonl")
        file.write_text("".join(json.dumps(one) + "\n" for one in history(given.count)))
        pairs = [(replay(file, ours=False), replay(file, ours=True)) for _ in range(given.rounds)]
    before, after = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for b, a in pairs)
    print(f"{given.count} records CPU-seconds, medians of {given.rounds} pairs")
    print(f"  Beam's weighing {before:.2f}   ours {after:.2f}   ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
