"""The law of the whole core: whatever way a history is delivered, the same is known and told in the end.

Histories are valid calls over several resources, many in the same second; they are delivered displaced by up to the
healing time and partly twice.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from histories import history
from iamdrift.drift.json import drift_json
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.arrival import CORRECTION, LATE

_RULES = RuleSet.of(())


def _outcome(messages: list[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the snapshots in the end, and the drift records by id once corrections are applied."""
    core = Core(_RULES)
    told: dict[str, Any] = {}
    for result in core.take_all(list(messages)):
        assert isinstance(result, Drift), result
        body = json.loads(drift_json(result))
        body["flags"] = sorted(set(body["flags"]) - {LATE, CORRECTION})
        told[result.id] = body
    told = {identity: body for identity, body in told.items() if body["changes"]}
    return {str(key): snapshot for key, snapshot in core.snapshots().items()}, told


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(2, 40), gap=st.sampled_from([0.3, 2, 60, 400]))
def test_any_delivery_tells_the_same(seed: int, length: int, gap: float) -> None:
    """Displaced by less than the healing time and delivered twice, a history tells what the ordered one tells."""
    messages, delivered = history(seed, length, gap)
    assert _outcome(delivered) == _outcome(messages)
