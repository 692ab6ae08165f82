"""Reading values of an item: what must be there and of which shape, told as the engine tells it."""

from __future__ import annotations

from iamdrift.falco.loading.problems import Context, LoadError
from iamdrift.falco.loading.yaml_file import Node, elements, is_null, is_scalar, is_sequence, member, text_of

_BOOLEANS = {
    word: value
    for value, words in ((True, ("y", "yes", "true", "on")), (False, ("n", "no", "false", "off")))
    for lower in words
    for word in (lower, lower.upper(), lower.capitalize())
}
PRIORITIES = ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug")
_PRIORITIES = {name.casefold(): name for name in PRIORITIES} | {"info": "Informational"}


def wrong(message: str, context: Context) -> LoadError:
    """Make the error of a file whose structure is wrong."""
    return LoadError("LOAD_ERR_YAML_VALIDATE", message, context)


def scalar(item: Node, key: str, context: Context) -> str:
    """Return the text under a key. Raises LoadError where there is none."""
    node = member(item, key)
    if node is None:
        raise wrong(f"Item has no mapping for key '{key}'", context)
    if is_null(node):
        raise wrong(f"Mapping for key '{key}' is empty", context)
    place = context.at(node, "value for", key)
    if not is_scalar(node):
        raise wrong("Value is not a scalar value", place)
    if not text_of(node):
        raise wrong("Value must be non-empty", place)
    return text_of(node)


def boolean(item: Node, key: str, context: Context) -> bool:
    """Return the truth under a key. Raises LoadError where there is none."""
    text = scalar(item, key, context)
    if text not in _BOOLEANS:
        raise wrong("Can't decode YAML scalar value", context.at(member(item, key), "value for", key))
    return _BOOLEANS[text]


def whole_number(item: Node, key: str, context: Context) -> int:
    """Return the whole number under a key. Raises LoadError where there is none."""
    text = scalar(item, key, context)
    if not text.isdecimal():
        raise wrong("Can't decode YAML scalar value", context.at(member(item, key), "value for", key))
    return int(text)


def texts(item: Node, key: str, context: Context) -> list[str]:
    """Return the texts of the sequence under a key. Raises LoadError where there is none."""
    node = member(item, key)
    if node is None:
        raise wrong(f"Item has no mapping for key '{key}'", context)
    place = context.at(node, "value for", key)
    if not is_sequence(node):
        raise wrong("Value is not a sequence", place)
    found = []
    for one in elements(node):
        # An empty element and `null` are texts to the engine here.
        if not is_scalar(one) and not is_null(one):
            raise wrong("sequence value is not scalar", place.at(one, "list item"))
        found.append(text_of(one) or "null")
    return found


def priority_of(text: str, context: Context) -> str:
    """Return a priority by its full name. Raises LoadError where it is none."""
    if text.casefold() not in _PRIORITIES:
        raise wrong("Invalid priority", context)
    return _PRIORITIES[text.casefold()]
