"""A snapshot as JSON: what is known of a resource now."""

from __future__ import annotations

import msgspec

from iamdrift.drift.sides import side
from iamdrift.iam.aliases import Aliases
from iamdrift.iam.attributes import KINDS
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.renames import settle
from iamdrift.iam.snapshot import Snapshot

_encode = msgspec.json.Encoder().encode


def names_json(key: str, aliases: Aliases) -> bytes:
    """Return, as a line of JSON, the names that stand for a resource under another name, and what was a boundary."""
    at = dict(aliases.settled)
    for one in aliases.renames:
        settle(one, at)
    names = {f"{kind}/{name}": f"{kind}/{held}" for (kind, name), held in at.items()}
    return _encode({"key": key, "names": names, "boundaries": aliases.bounds.policies})


def snapshot_json(key: ResourceKey, snapshot: Snapshot) -> bytes:
    """Return a snapshot as one line of JSON; attributes as in the before and after of a drift record."""
    return _encode(
        {
            "key": str(key),
            "kind": key.kind,
            "name": snapshot.name or key.name,
            "account": key.account,
            "partition": key.partition,
            "exists": snapshot.exists,
            "arn": snapshot.arn,
            "unique_id": snapshot.unique_id,
            "generation": snapshot.generation,
            "attributes": {name: side(snapshot, name) for name in KINDS[key.kind]},
        }
    )
