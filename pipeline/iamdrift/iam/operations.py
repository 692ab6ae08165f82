"""From an effect of the call table and the fields of an event to operations on state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iamdrift.iam.attributes import Shape
from iamdrift.iam.change import COPY, CREATE, DELETE, DISCARD, DROP, FORGET, GIVE, LEARN, PUT, RESET, SET, TAKE, Op
from iamdrift.iam.effects import (
    Add,
    Clear,
    Copy,
    Create,
    Delete,
    Discard,
    Effect,
    Forget,
    Give,
    Learn,
    Put,
    PutEach,
    PutTags,
    Remove,
    Replace,
    ReplaceMap,
    Set,
    SetMap,
    Take,
    When,
)
from iamdrift.iam.fields import Fields, member, text_of
from iamdrift.policy.document import compact

Shapes = Mapping[str, Shape]


def operations(effects: tuple[Effect, ...], fields: Fields, shapes: Shapes, ops: list[Op]) -> None:
    """Add what the effects do to the operations of a change."""
    for effect in effects:
        _OPS[type(effect)](effect, fields, shapes, ops)


def _value(field: str, attribute: str, fields: Fields, shapes: Shapes) -> str | None:
    value = fields.get(field)
    if value is None:
        return None
    return compact(text_of(value)) if shapes[attribute].holds_documents else text_of(value)


def _each(field: str, fields: Fields) -> list[str]:
    value = fields.get(field)
    if value is None:
        return []
    return [text_of(one) for one in value] if isinstance(value, list) else [text_of(value)]


def _create(_: Create, __: Fields, ___: Shapes, ops: list[Op]) -> None:
    ops.append(Op(CREATE))


def _delete(_: Delete, __: Fields, ___: Shapes, ops: list[Op]) -> None:
    ops.append(Op(DELETE))


def _learn(effect: Learn, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    value = fields.get(effect.field)
    if isinstance(value, str) and value:
        ops.append(Op(LEARN, effect.fact, "", value))


def _set(effect: Set, fields: Fields, shapes: Shapes, ops: list[Op]) -> None:
    value = _value(effect.field, effect.attribute, fields, shapes)
    if value is None:
        value = effect.default
    if value is not None:
        ops.append(Op(SET, effect.attribute, "", value))


def _give(effect: Give, fields: Fields, shapes: Shapes, ops: list[Op]) -> None:
    value = _value(effect.field, effect.attribute, fields, shapes)
    if value is not None:
        ops.append(Op(GIVE, effect.attribute, "", value))


def _take(effect: Take, _: Fields, __: Shapes, ops: list[Op]) -> None:
    ops.append(Op(TAKE, effect.attribute))


def _clear(effect: Clear, _: Fields, shapes: Shapes, ops: list[Op]) -> None:
    ops.append(Op(RESET if shapes[effect.attribute].is_collection else SET, effect.attribute))


def _forget(effect: Forget, _: Fields, __: Shapes, ops: list[Op]) -> None:
    ops.append(Op(FORGET, effect.attribute))


def _add(effect: Add, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    ops.extend(Op(PUT, effect.attribute, name) for name in _each(effect.field, fields))


def _remove(effect: Remove, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    ops.extend(Op(DROP, effect.attribute, name) for name in _each(effect.field, fields))


def _discard(effect: Discard, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    ops.extend(Op(DISCARD, effect.attribute, name) for name in _each(effect.field, fields))


def _replace(effect: Replace, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    if isinstance(fields.get(effect.field), list):
        ops.append(Op(RESET, effect.attribute))
        ops.extend(Op(PUT, effect.attribute, name) for name in _each(effect.field, fields))


def _put(effect: Put, fields: Fields, shapes: Shapes, ops: list[Op]) -> None:
    value = _value(effect.field, effect.attribute, fields, shapes)
    if value is not None:
        ops.extend(Op(PUT, effect.attribute, name, value) for name in _each(effect.element, fields))


def _put_tags(effect: PutTags, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    tags = fields.get(effect.field)
    ops.extend(
        Op(PUT, effect.attribute, text_of(tag["key"]), text_of(tag.get("value", "")))
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and "key" in tag
    )


def _put_each(effect: PutEach, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    members = fields.get(effect.field)
    if isinstance(members, dict):
        ops.extend(Op(PUT, effect.attribute, name, text_of(value)) for name, value in members.items())


def _replace_map(effect: ReplaceMap, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    listed = fields.get(effect.field)
    if not isinstance(listed, list):
        return
    ops.append(Op(RESET, effect.attribute))
    for one in listed:
        name, value = (member(one, tuple(path.split("."))) for path in (effect.key, effect.value))
        if name is not None:
            ops.append(Op(PUT, effect.attribute, text_of(name), "" if value is None else text_of(value)))


def _set_map(effect: SetMap, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    ops.append(Op(RESET, effect.attribute))
    for name, field, default in effect.entries:
        value = fields.get(field)
        ops.append(Op(PUT, effect.attribute, name, default if value is None else text_of(value)))


def _copy(effect: Copy, fields: Fields, _: Shapes, ops: list[Op]) -> None:
    element = fields.get(effect.field)
    if element is not None:
        ops.append(Op(COPY, effect.attribute, text_of(element), effect.collection))


def _when(effect: When, fields: Fields, shapes: Shapes, ops: list[Op]) -> None:
    if fields.get(effect.field) in (True, "true"):
        operations(effect.effects, fields, shapes, ops)


_OPS: dict[type[Effect], Callable[[Any, Fields, Shapes, list[Op]], None]] = {
    Create: _create,
    Delete: _delete,
    Learn: _learn,
    Set: _set,
    Give: _give,
    Take: _take,
    Clear: _clear,
    Forget: _forget,
    Add: _add,
    Remove: _remove,
    Discard: _discard,
    Replace: _replace,
    Put: _put,
    PutTags: _put_tags,
    PutEach: _put_each,
    ReplaceMap: _replace_map,
    SetMap: _set_map,
    Copy: _copy,
    When: _when,
}
