"""The names of one account as they move: what comes before the keyed state, for the few kinds that can be renamed.

All events of an account pass here, in the order of their arrival, though most touch nothing: on a cluster they would
else come to what they touch on different ways, and those that wait behind others would come too late.

Events are passed on at once, under the key that their names stand for as far as is known. A rename that comes later
than events after it makes those move: they are withdrawn from the resource they were put on and put on the right one.
For that the events of the last while are remembered, as the log of a resource is. Renames are rare, and a thousand of
them are remembered.

Where a resource is named in others (a user in a group, a group in the list of who has a policy), a rename renames it
there too: whoever may hold the name is remembered as its holder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import dropwhile

import msgspec

from iamdrift.cloudtrail.event import CloudTrailEvent, parse_event
from iamdrift.iam.arrival import DEFAULT_LATENESS
from iamdrift.iam.attributes import NAMED_IN, RENAMABLE
from iamdrift.iam.bounds import Bounds, rebind, rebound_of
from iamdrift.iam.change import GIVE, PUT, RENAME, Change, Op
from iamdrift.iam.key import ResourceKey
from iamdrift.iam.renames import Identities, Rename, in_order, is_settled, placed, rename_of, settle
from iamdrift.iam.route import Touch, event_id_of, route

NEVER = -(2**62)
_RENAMES_KEPT = 1024


class Holder(msgspec.Struct, frozen=True, order=True, gc=False):
    """A resource (its printed key) that may hold the name of another."""

    kind: str
    name: str
    key: str


class Aliases(msgspec.Struct, frozen=True, gc=False):
    """What is kept of the names of an account: its last renames, and what older ones and events came to.

    `settled` maps (kind, case-folded name) to the name of the key it stood for before the first of the renames.
    `holders` are those that events before the `horizon` told of, by the name of then. `bounds` is about the permissions
    boundaries of its roles and users. `since` is the time of the oldest event that is remembered, NEVER while
    there is none.
    """

    renames: tuple[Rename, ...] = ()
    settled: Identities = {}
    holders: frozenset[Holder] = frozenset()
    bounds: Bounds = Bounds()
    horizon: int = NEVER
    since: int = NEVER


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What comes of an event: its touches and those of others, new aliases, what to remember from now on.

    No touches at all say that the event was taken long ago. `aliases` is None when they are as they were; `recent` is
    None when what is remembered stays, with the event itself added where `remember` says so.
    """

    touches: tuple[tuple[CloudTrailEvent, Touch], ...]
    aliases: Aliases | None = None
    recent: list[bytes] | None = None
    remember: bool = True


def needs_aliases(touches: tuple[Touch, ...]) -> bool:
    """Say whether what the event is on depends on others: on renames, or on the boundary there was before."""
    return _on_renamable(touches) or rebound_of(touches) is not None


def _on_renamable(touches: tuple[Touch, ...]) -> bool:
    return any(touch.key.kind in RENAMABLE for touch in touches)


def names_key(key: ResourceKey) -> str:
    """Return the key under which the names in a resource's account are known."""
    return f"names:{key.partition}:{key.account}"


def admit(
    aliases: Aliases,
    recent: Callable[[], Iterable[bytes]],
    event: CloudTrailEvent,
    touches: tuple[Touch, ...],
    lateness: int = DEFAULT_LATENESS,
) -> Admitted:
    """Put an event on the resources that its names stood for, and on those that follow from it.

    `recent` reads the records that are remembered.
    """
    rebound = rebound_of(touches)
    bounds, over = rebind(aliases.bounds, rebound, lateness) if rebound else (aliases.bounds, [])
    if not _on_renamable(touches):
        more = tuple((event, touch) for touch in (*touches, *over))
        new = None if bounds is aliases.bounds else msgspec.structs.replace(aliases, bounds=bounds)
        return Admitted(more, new, remember=False)
    admitted = _admit(aliases, recent, event, touches, lateness)
    if bounds is aliases.bounds:
        return admitted
    new = msgspec.structs.replace(admitted.aliases or aliases, bounds=bounds)
    return Admitted((*admitted.touches, *((event, touch) for touch in over)), new, admitted.recent)


def _admit(
    aliases: Aliases,
    recent: Callable[[], Iterable[bytes]],
    event: CloudTrailEvent,
    touches: tuple[Touch, ...],
    lateness: int,
) -> Admitted:
    rename = rename_of(touches[0])
    if rename is not None and is_settled(rename, aliases.settled):
        return Admitted(())
    if rename is None or rename in aliases.renames:
        now = placed(touches, aliases.renames, aliases.settled)
        found = [(event, touch) for touch in now]
        if aliases.renames:
            found += [(event, also) for held in _held(now) for also in _followed(held, event.time, aliases.renames)]
        if event.time <= aliases.since + 2 * lateness:
            return Admitted(tuple(found))
        remembered, new = [*recent(), event.raw], aliases
    else:
        remembered = list(recent())
        new = msgspec.structs.replace(aliases, renames=in_order((*aliases.renames, rename)))
        found = [*_moved(remembered, aliases, new)]
        found += [(event, touch) for touch in placed(touches, new.renames, new.settled)]
        found += [(event, touch) for touch in _renamed_in_others(rename, remembered, new)]
        remembered.append(event.raw)
    new, kept = _settled(new, remembered, event.time - lateness, lateness)
    return Admitted(tuple(found), new, kept)


def _in_order(remembered: list[bytes]) -> list[CloudTrailEvent]:
    """Return what is remembered in the order of the events: that of arrival is not known after a restart."""
    return sorted(map(parse_event, remembered), key=lambda event: (event.time, event_id_of(event)))


def _moved(remembered: list[bytes], old: Aliases, new: Aliases) -> Iterable[tuple[CloudTrailEvent, Touch]]:
    for event in _in_order(remembered):
        touches = route(event)
        before, after = (placed(touches, one.renames, one.settled) for one in (old, new))
        for was, now in zip(before, after, strict=True):
            if was.key != now.key:
                yield event, was._replace(withdrawn=True)
                yield event, now


def _held(touches: tuple[Touch, ...]) -> Iterable[Holder]:
    """Find which resource may hold which name by an event."""
    for kind, places in NAMED_IN.items():
        for touch in touches:
            for op in touch.change.ops:
                if op.attribute in places.get(touch.key.kind, ()) and op.code in (PUT, GIVE):
                    yield Holder(kind, (op.element or op.value).casefold(), str(touch.key))


def _followed(held: Holder, time: int, renames: tuple[Rename, ...]) -> list[Touch]:
    """Return the touches that the renames after a time are on a holder of a name."""
    name, found = held.name, []
    for one in dropwhile(lambda one: one.time < time, renames):
        if one.kind == held.kind and one.old.casefold() == name:
            key = ResourceKey.parse(held.key)
            ops = tuple(Op(RENAME, attribute, one.old, one.new) for attribute in NAMED_IN[one.kind][key.kind])
            found.append(Touch(key, Change.of(one.time, one.event_id, ops), primary=False))
            name = one.new.casefold()
    return found


def _renamed_in_others(rename: Rename, remembered: list[bytes], aliases: Aliases) -> list[Touch]:
    """Return the touches that a new rename, and those that follow from it, are on the holders of the name."""
    found: list[Touch] = []
    for holder in sorted(aliases.holders):
        touches = _followed(holder, aliases.horizon, aliases.renames)
        if any(touch.change.event_id == rename.event_id for touch in touches):
            found += touches
    # Holders that are remembered may be others than they were before this rename; what they had already is dropped.
    for event in _in_order(remembered):
        for holder in _held(placed(route(event), aliases.renames, aliases.settled)):
            found += _followed(holder, event.time, aliases.renames)
    return list({(touch.key, touch.change.event_id): touch for touch in found}.values())


def _settled(aliases: Aliases, remembered: list[bytes], horizon: int, lateness: int) -> tuple[Aliases, list[bytes]]:
    """Forget what is older than the horizon, keeping what it came to."""
    horizon = max(horizon, aliases.horizon)
    events = [(parse_event(raw), raw) for raw in remembered]
    oldest = min(event.time for event, _ in events)
    if oldest >= horizon - lateness:
        return msgspec.structs.replace(aliases, since=oldest), remembered
    holders = set(aliases.holders)
    for event, _ in events:
        if event.time < horizon:
            holders |= set(_held(placed(route(event), aliases.renames, aliases.settled)))
    for one in aliases.renames:
        if aliases.horizon <= one.time < horizon:
            named = [held for held in holders if held.kind == one.kind and held.name == one.old.casefold()]
            holders |= {msgspec.structs.replace(held, name=one.new.casefold()) for held in named}
    # Records may come again after a crash, hours of event time older than the last: renames keep their times.
    settled, over = dict(aliases.settled), max(0, len(aliases.renames) - _RENAMES_KEPT)
    for one in aliases.renames[:over]:
        settle(one, settled)
    kept = [(event.time, raw) for event, raw in events if event.time >= horizon]
    since = min((time for time, _ in kept), default=NEVER)
    new = Aliases(aliases.renames[over:], settled, frozenset(holders), aliases.bounds, horizon, since)
    return new, [raw for _, raw in kept]
