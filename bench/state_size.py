"""How much is kept of one resource, however long its history: bytes of its state as 100,000 events go over one key.

    python bench/state_size.py [--count N]

The events tag, attach, detach and rewrite a role, seconds to minutes apart. The log holds those of the last 20 to 40
minutes with their records; what is older is in the base, which grows with what the role has and not with what it had.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from generated import history, record
from iamdrift.cloudtrail.event import parse_event
from iamdrift.drift.track import track
from iamdrift.iam.route import route
from iamdrift.iam.state import ResourceState, encode_state


def events(count: int, gap: int) -> list[bytes]:
    """Make records of one role, `gap` seconds apart. It has at most 40 tags and 10 policies, each time by new names."""
    chance = random.Random(7)
    written = [one["requestParameters"] for one in history(2000) if one["eventName"] == "PutRolePolicy"]
    tags: list[str] = []
    attached: list[str] = []
    found = []
    for number in range(count):
        kind = chance.choice(("tag", "attach", "inline"))
        if kind == "tag" and len(tags) < 40:
            tags.append(f"k{number}")
            name, more = "TagRole", {"tags": [{"key": tags[-1], "value": "x"}]}
        elif kind == "tag":
            name, more = "UntagRole", {"tagKeys": [tags.pop(0)]}
        elif kind == "attach" and len(attached) < 10:
            attached.append(f"arn:aws:iam::123456789012:policy/p{number}")
            name, more = "AttachRolePolicy", {"policyArn": attached[-1]}
        elif kind == "attach":
            name, more = "DetachRolePolicy", {"policyArn": attached.pop(0)}
        else:
            policy = chance.choice(written)["policyDocument"]
            name, more = "PutRolePolicy", {"policyName": f"inline-{number % 5}", "policyDocument": policy}
        found.append(json.dumps(record(number * gap, name, {"roleName": "App", **more})).encode())
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    count = parser.parse_args().count
    print("seconds apart   " + "".join(f"{at:>12,} events" for at in marks(count)) + "   in the log")
    for gap in (5, 60, 600):
        state: ResourceState | None = None
        sizes = []
        for number, raw in enumerate(events(count, gap), start=1):
            event = parse_event(raw)
            state = track(state, route(event)[0], event).state or state
            if state is not None and number in marks(count):
                sizes.append(len(encode_state(state)))
        log = len(state.log) if state else 0
        print(f"{gap:>13}   " + "".join(f"{size:>13,} bytes" for size in sizes) + f"   {log:>10}")


def marks(count: int) -> list[int]:
    return [at for at in (100, 1_000, 10_000, 50_000, 100_000) if at <= count]


if __name__ == "__main__":
    main()
