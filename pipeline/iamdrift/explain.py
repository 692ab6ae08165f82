"""The pure core from end to end, without Beam: bytes in, drift and alerts out, for `explain` and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from iamdrift.cloudtrail.dead_letter import DeadLetter
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.event import CloudTrailEvent
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.drift.record import Drift
from iamdrift.drift.track import track
from iamdrift.errors import IamdriftError, RecordPlace
from iamdrift.falco.alert import Alert
from iamdrift.falco.fields.trail import trail_event
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.aliases import Aliases, admit, names_key, needs_aliases
from iamdrift.iam.arrival import DEFAULT_LATENESS
from iamdrift.iam.calls import modelled_calls
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.recent import RecentStates
from iamdrift.iam.route import Touch, route
from iamdrift.iam.snapshot import Snapshot

# Outcomes that the counters of the job name in the plural.
_COUNTED = {"attempt": "attempts", "duplicate": "duplicates", "burst": "bursts"}
Result = Drift | Alert | DeadLetter


class Core:
    """The core with its state in memory, as bytes: what the pipeline does, in one place and one thread."""

    def __init__(self, rules: RuleSet, lateness: int = DEFAULT_LATENESS) -> None:
        self._rules = rules
        self._lateness = lateness
        self._relevance = Relevance(modelled_calls(), rules.wanted.wants if rules.wanted else None)
        self._stored: dict[bytes, bytes] = {}
        self._recent = RecentStates()
        self._aliases: dict[str, tuple[Aliases, list[bytes]]] = {}
        self.counts: Counter[str] = Counter()

    def take(self, value: bytes | None, place: RecordPlace | None = None) -> Iterator[Result]:
        """Take one message; gives drift, the alerts it raises, and dead letters."""
        return self.take_batch([(value, place)])

    def take_batch(self, messages: Iterable[tuple[bytes | None, RecordPlace | None]]) -> Iterator[Result]:
        """Take messages as the job takes those of a batch: decode all, route all, track each."""
        events: list[CloudTrailEvent] = []
        plain: list[CloudTrailEvent] = []
        for value, place in messages:
            if value is not None and (reason := self._relevance.quick_skip(value)):
                self.counts["records"] += 1
                self.counts[f"skipped_{reason}"] += 1
                continue
            decoded = decode(value, self._relevance, place)
            self.counts["records"] += decoded.records
            events += decoded.tracked
            plain += decoded.plain
            self.counts["events"] += decoded.events
            for reason, count in decoded.skipped.items():
                self.counts[f"skipped_{reason}"] += count
            self.counts["dead_letters"] += len(decoded.dead)
            yield from decoded.dead
        routed: list[tuple[CloudTrailEvent, Touch]] = []
        for event in events:
            try:
                touches = route(event)
            except IamdriftError as error:
                yield DeadLetter.of(event.raw, event.place, "route", error)
                continue
            routed += self._admitted(event, touches) if needs_aliases(touches) else [(event, one) for one in touches]
        for event, touch in routed:
            yield from self._touch(event, touch)
        for event in plain:
            if (record := trail_event(event)) is not None:
                alerts = self._rules.match_record(record)
                self.counts["alerts"] += len(alerts)
                yield from alerts

    def _admitted(self, event: CloudTrailEvent, touches: tuple[Touch, ...]) -> Iterable[tuple[CloudTrailEvent, Touch]]:
        key = names_key(touches[0].key)
        aliases, recent = self._aliases.get(key, (Aliases(), []))
        admitted = admit(aliases, lambda: recent, event, touches, self._lateness)
        if not admitted.touches:
            self.counts["duplicates"] += 1
            return ()
        kept = recent if admitted.recent is None else admitted.recent
        if admitted.recent is None and admitted.remember:
            kept = [*recent, event.raw]
        self._aliases[key] = admitted.aliases or aliases, kept
        return admitted.touches

    def _touch(self, event: CloudTrailEvent, touch: Touch) -> Iterator[Result]:
        key = str(touch.key).encode()
        stored = self._stored.get(key)
        try:
            state = self._recent.decode(key, stored) if stored else None
            tracked = track(state, touch, event, self._lateness)
        except IamdriftError as error:
            yield DeadLetter.of(event.raw, event.place, "track", error)
            return
        self.counts[_COUNTED.get(tracked.outcome, tracked.outcome)] += 1
        if tracked.state is not None:
            self._stored[key] = self._recent.encode(key, tracked.state)
        for drift in tracked.drifts:
            self.counts["corrections"] += drift.replaces is not None
            yield drift
            alerts = self._rules.match(drift)
            self.counts["alerts"] += len(alerts)
            yield from alerts

    def take_all(self, values: Iterable[bytes | None]) -> list[Result]:
        """Take messages one after the other."""
        return list(self.take_batch((value, None) for value in values))

    def snapshots(self) -> dict[ResourceKey, Snapshot]:
        """Return what is known of every resource now."""
        heads = (
            (ResourceKey.parse(key.decode()), self._recent.decode(key, one).head) for key, one in self._stored.items()
        )
        return {key: head for key, head in heads if head.says_anything}
