"""One story for both runners: disorder, duplicates, bad input, renames and late events, an account a partition."""

from __future__ import annotations

import json
import random

from histories import history
from programs import ACCOUNT

ACCOUNTS = ("111111111111", "222222222222", "333333333333", "444444444444")
_GAP_SECONDS = 20
# Far more places than fit into the healing time.
_LATE_PLACES = 400


def story(length: int, seed: int = 41) -> list[tuple[int, bytes]]:
    """Return `(partition, message)` pairs in the order of delivery, from histories of that many calls an account."""
    found = []
    for number, account in enumerate(ACCOUNTS):
        chance = random.Random(seed + number)
        delivered = history(seed + number, length, _GAP_SECONDS)[1]
        for place, message in enumerate(delivered):
            late = _LATE_PLACES if chance.random() < 0.005 else 0
            mine = message.replace(ACCOUNT.encode(), account.encode()).replace(b"00000000-", b"%08d-" % number)
            found.append((place + late, number, mine))
            if chance.random() < 0.01:
                found.append((place, number, _other(chance, message)))
    return [(number, message) for _, number, message in sorted(found, key=lambda one: one[:2])]


def _other(chance: random.Random, message: bytes) -> bytes:
    """Make a message that is broken, or of no interest."""
    record = json.loads(message)
    return chance.choice(
        (
            message[: len(message) // 2],
            b"\x1f\x8b not gzip",
            b"plain words",
            json.dumps({**record, "eventSource": "s3.amazonaws.com"}).encode(),
            json.dumps({**record, "eventName": "GetRole", "readOnly": True}).encode(),
            json.dumps({**record, "requestParameters": {}}).encode(),
        )
    )
