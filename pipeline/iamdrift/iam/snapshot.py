"""What is known of a resource at one moment, and how a change makes the next snapshot of it."""

from __future__ import annotations

import msgspec

from iamdrift.iam.attributes import KINDS, REACHES, RENAMABLE, Shape
from iamdrift.iam.change import (
    ABSENT,
    COPY,
    CREATE,
    DELETE,
    DISCARD,
    DROP,
    FORGET,
    GIVE,
    LEARN,
    PRESENT,
    PUT,
    RENAME,
    RESET,
    SET,
    STALE,
    TAKE,
    Change,
    Op,
)


class Collection(msgspec.Struct, frozen=True, gc=False):
    """A set, or a map of names to texts, as far as it is known.

    `items` are the elements known to be there (a set has empty texts; None stands for a value that is not known),
    `absent` those known not to be; `complete` says that there are no others.
    """

    items: dict[str, str | None]
    absent: frozenset[str] = frozenset()
    complete: bool = False

    def with_item(self, name: str, value: str | None) -> Collection:
        """Return the collection with an element put."""
        absent = self.absent - {name} if name in self.absent else self.absent
        return Collection({**self.items, name: value}, absent, self.complete)

    def without(self, name: str) -> Collection:
        """Return the collection with an element known to be gone."""
        items = {key: value for key, value in self.items.items() if key != name}
        return Collection(items, self.absent if self.complete else self.absent | {name}, self.complete)


NOTHING_KNOWN = Collection({})
EMPTY = Collection({}, complete=True)


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A resource: `exists` is None while nobody has told.

    An attribute that is not in `scalars` or `collections` is not known. A scalar is kept as text, "" meaning none.
    `written` has the time of the last change, in epoch milliseconds, of `exists`, of attributes and of elements (as
    `attribute/element`): what is older than that changes nothing any more. `last` is the tombstone of the generation
    before, while the resource is absent.
    """

    kind: str
    name: str = ""
    exists: bool | None = None
    arn: str = ""
    unique_id: str = ""
    generation: int = 0
    scalars: dict[str, str] = {}
    collections: dict[str, Collection] = {}
    written: dict[str, int] = {}
    last: Snapshot | None = None

    @property
    def says_anything(self) -> bool:
        """Whether anything at all is known; not so where all that was told of a name belonged to another."""
        return self != Snapshot(self.kind)

    def collection(self, attribute: str) -> Collection:
        """Return a collection; empty and complete when the resource is known not to exist."""
        if self.exists is False:
            return EMPTY
        return self.collections.get(attribute, NOTHING_KNOWN)

    def reach(self) -> tuple[str, ...]:
        """Name those who are known to be reached by a change of the resource, as `kind/name`, sorted."""
        holders = REACHES.get(self.kind)
        if holders is None:
            return ()
        return tuple(
            sorted({f"{kind}/{name}" for attribute, kind in holders for name in self.collection(attribute).items})
        )

    def scalar(self, attribute: str) -> str | None:
        """Return a scalar ("" = none), or None when it is not known."""
        if self.exists is False:
            return ""
        return self.scalars.get(attribute)


# What a Create call makes known before its own fields are read: everything, and all of it empty.
_CREATED: dict[str, tuple[dict[str, str], dict[str, Collection]]] = {
    kind: (
        {name: "" for name, shape in shapes.items() if not shape.is_collection},
        {name: EMPTY for name, shape in shapes.items() if shape.is_collection},
    )
    for kind, shapes in KINDS.items()
}


TOMBSTONE_TTL = 30 * 86_400_000
_OF_ELEMENTS = frozenset([PUT, DROP, DISCARD, RENAME])
_REMEMBERED = 64
_IN_ARN = ("name", "path")


def superseded(op: Op, time: int, snapshot: Snapshot) -> bool:
    """Say whether something later than a time has written what an operation writes; last writer wins."""
    written = snapshot.written
    if op.code in (CREATE, DELETE, PRESENT, ABSENT):
        return True
    latest = max(written.get("exists", time), written.get(op.attribute, time))
    if op.code in _OF_ELEMENTS:
        latest = max(latest, written.get(f"{op.attribute}/{op.element}", written.get(f"{op.attribute}/", time)))
    elif op.attribute in snapshot.collections:
        prefix = f"{op.attribute}/"
        latest = max(latest, *(when for slot, when in written.items() if slot.startswith(prefix)), time)
    return latest > time


def pruned(snapshot: Snapshot) -> Snapshot:
    """Forget the oldest of the elements that are gone, so that a snapshot does not grow with every name it ever had."""
    gone = []
    for slot, when in snapshot.written.items():
        attribute, slash, element = slot.partition("/")
        if slash and element and element not in snapshot.collection(attribute).items:
            gone.append((when, attribute, element))
    if len(gone) <= _REMEMBERED:
        return snapshot
    written, collections = dict(snapshot.written), dict(snapshot.collections)
    for when, attribute, element in sorted(gone)[: -_REMEMBERED // 2]:
        del written[f"{attribute}/{element}"]
        written[f"{attribute}/"] = max(when, written.get(f"{attribute}/", when))
        held = collections.get(attribute, NOTHING_KNOWN)
        if element in held.absent:
            collections[attribute] = Collection(held.items, held.absent - {element}, held.complete)
    return msgspec.structs.replace(snapshot, written=written, collections=collections)


def apply(before: Snapshot, change: Change) -> Snapshot:
    """Return the snapshot after a change."""
    if change.only_teaches:
        if before.exists is not None:
            return before
        return msgspec.structs.replace(before, exists=change.ops[0].code == PRESENT)
    if change.renames_others:
        return _renamed(before, change)
    name, arn, unique_id, generation = before.name, before.arn, before.unique_id, before.generation
    exists: bool | None = True
    last = before.last
    scalars, collections = dict(before.scalars), dict(before.collections)
    written = dict(before.written)
    for code, attribute, element, value in change.ops:
        if code == LEARN:
            if attribute == "name":
                name = value
            elif attribute == "arn":
                arn = value
            else:
                unique_id = value
        elif code == CREATE:
            generation += 1
            last = None
            arn = unique_id = ""
            made_scalars, made_collections = _CREATED[before.kind]
            scalars, collections = dict(made_scalars), dict(made_collections)
            written = {"exists": change.time}
        elif code == STALE:
            written[STALE] = change.time
        elif code == DELETE:
            last = before if before.last is None else msgspec.structs.replace(before, last=None)
            exists, scalars, collections = False, {}, {}
            written = {"exists": change.time}
        else:
            _apply_value(Op(code, attribute, element, value), scalars, collections)
            written[f"{attribute}/{element}" if code in _OF_ELEMENTS else attribute] = change.time
    if before.kind in RENAMABLE:
        # The name is an attribute here, which knows when it changed.
        name = scalars.get("name") or name
        arn = _moved(arn, scalars.get("path"), scalars.get("name"))
    return Snapshot(before.kind, name, exists, arn, unique_id, generation, scalars, collections, written, last)


def _renamed(before: Snapshot, change: Change) -> Snapshot:
    """Give a name that stands in a resource its new form, "" for none; nothing else is said of the resource."""
    scalars, collections, written = dict(before.scalars), dict(before.collections), dict(before.written)
    for _, attribute, old, new in change.ops:
        held = collections.get(attribute, NOTHING_KNOWN)
        if scalars.get(attribute) == old:
            scalars[attribute] = new
            written[attribute] = change.time
        for name in [one for one in held.items if one.casefold() == old.casefold()]:
            left = held.without(name)
            collections[attribute] = left.with_item(new, held.items[name]) if new else left
            written[f"{attribute}/{name}"] = written[f"{attribute}/{new or name}"] = change.time
    return msgspec.structs.replace(before, scalars=scalars, collections=collections, written=written)


def _moved(arn: str, path: str | None, name: str | None) -> str:
    """Return the ARN with another path and name; what is not known of them stays as it was."""
    if not arn or not (path or name):
        return arn
    kind, _, rest = arn.partition("/")
    held, slash, last = rest.rpartition("/")
    return f"{kind}{path or f'/{held}{slash}'}{name or last}"


def _apply_value(op: Op, scalars: dict[str, str], collections: dict[str, Collection]) -> None:
    code, attribute, element, value = op
    if code in (SET, GIVE, TAKE):
        scalars[attribute] = value
    elif code == COPY:
        copied = collections.get(value, NOTHING_KNOWN).items.get(element)
        if copied is None:
            scalars.pop(attribute, None)
        else:
            scalars[attribute] = copied
    elif code == RESET:
        collections[attribute] = EMPTY
    elif code == FORGET:
        scalars.pop(attribute, None)
        collections.pop(attribute, None)
    else:
        held = collections.get(attribute, NOTHING_KNOWN)
        if code == PUT:
            collections[attribute] = held.with_item(element, value)
        elif code in (DROP, DISCARD):
            collections[attribute] = held.without(element)


def proven(before: Snapshot, change: Change) -> Snapshot:
    """Add to a snapshot what the success of a change proves of the moment before it.

    A resource that was created was absent; one that was changed in any other way was there; an element that was
    dropped was there, whatever its value; an attribute that was given a value had none; what was renamed had the name
    that the call used.
    """
    if change.only_teaches:
        return before
    if change.creates:
        return Snapshot(
            before.kind, before.name, False, generation=before.generation, last=_tombstone(before, change.time)
        )
    collections, scalars = before.collections, before.scalars
    for op in change.ops:
        if op.code == GIVE and op.attribute not in scalars:
            scalars = {**scalars, op.attribute: ""}
        if op.code == SET and op.attribute == "name" and before.kind in RENAMABLE and not scalars.get("name"):
            scalars = {**scalars, "name": next(one.value for one in change.ops if one.code == LEARN)}
        if op.code == DROP and op.element not in before.collection(op.attribute).items:
            held = collections.get(op.attribute, NOTHING_KNOWN)
            collections = {**collections, op.attribute: held.with_item(op.element, None)}
    if before.exists and collections is before.collections and scalars is before.scalars:
        return before
    return msgspec.structs.replace(before, exists=True, scalars=scalars, collections=collections)


def _tombstone(before: Snapshot, now: int) -> Snapshot | None:
    """Return what a resource was before it was deleted, unless that was too long ago."""
    if before.exists:
        return before  # nobody told of its deletion
    deleted = before.written.get("exists", now)
    return before.last if now - deleted <= TOMBSTONE_TTL else None


def touched(change: Change, kind: str) -> tuple[str, ...]:
    """Name the attributes a change may alter; `exists` and all of the kind's for a creation or deletion."""
    names: dict[str, None] = {}
    for op in change.ops:
        if op.code in (CREATE, DELETE):
            return ("exists", *KINDS[kind])
        if op.attribute and op.code != LEARN:
            names[op.attribute] = None
    if kind in RENAMABLE and any(name in names for name in _IN_ARN):
        names["arn"] = None
    return tuple(names)


def shape_of(kind: str, attribute: str) -> Shape:
    """Return the shape of an attribute of a kind."""
    return KINDS[kind][attribute]
