"""Rule files as YAML nodes: scalars stay the text they are, every node knows its place, and bombs do no harm.

Falco reads with yaml-cpp, where `012345678901`, `on` and `1_0` are text; so a rule file is composed and not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from iamdrift.falco.loading.problems import Context, LoadError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
# Rule files that people keep have some thousand lines; aliases could make any number of nodes of a few.
_MAX_BYTES = 16_000_000
_MAX_DEPTH = 100

Node = Any


def documents(text: str, context: Context) -> list[Node]:
    """Return the documents of a file. Raises LoadError where it is no YAML."""
    if len(text) > _MAX_BYTES:
        raise LoadError("LOAD_ERR_YAML_PARSE", f"the file is longer than {_MAX_BYTES} characters", context)
    try:
        _check_depth(text, context)
        return [node for node in yaml.compose_all(text, _Loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        told = ", ".join(part for part in (error.context, error.problem) if part)
        message = f"yaml error at line {mark.line + 1}, column {mark.column + 1}: {told}" if mark else told
        place = context.at(_Marked(mark), "value for") if mark else context
        raise LoadError("LOAD_ERR_YAML_PARSE", message, place) from error
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        raise LoadError("LOAD_ERR_YAML_PARSE", str(error), context) from error


def _check_depth(text: str, context: Context) -> None:
    """Raise LoadError for a file that nests too deep, before nodes are made of it."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                place = context.at(_Marked(event.start_mark), "value for")
                raise LoadError("LOAD_ERR_YAML_PARSE", f"the file nests more than {_MAX_DEPTH} deep", place)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Marked:
    def __init__(self, mark: Any) -> None:
        self.start_mark = mark


def is_null(node: Node) -> bool:
    """Say whether a node is null: empty, `~` or `null`."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def is_scalar(node: Node) -> bool:
    """Say whether a node is text; null is not."""
    return isinstance(node, yaml.ScalarNode) and node.tag != _NULL


def is_sequence(node: Node) -> bool:
    """Say whether a node is a sequence."""
    return isinstance(node, yaml.SequenceNode)


def is_mapping(node: Node) -> bool:
    """Say whether a node is a mapping."""
    return isinstance(node, yaml.MappingNode)


def elements(node: Node) -> list[Node]:
    """Return the elements of a sequence."""
    return list(node.value)


def member(node: Node, key: str) -> Node | None:
    """Return what a mapping has under a key, the first of several; None where it has none."""
    for name, value in node.value:
        if isinstance(name, yaml.ScalarNode) and name.value == key:
            return value
    return None


def members(node: Node) -> Iterator[tuple[Node, Node]]:
    """Give keys and values of a mapping."""
    yield from node.value


def text_of(node: Node) -> str:
    """Return the text of a scalar, as it stands in the file."""
    return str(node.value)
