"""From a YAML item to what it defines: engine and plugin versions, lists, macros, rules."""

from __future__ import annotations

from iamdrift.falco.condition.parser import BARE, NAME
from iamdrift.falco.loading.collection import Collection, ListItem, MacroItem
from iamdrift.falco.loading.overrides import read_changes
from iamdrift.falco.loading.problems import Context, FileResult
from iamdrift.falco.loading.rule_item import read_rule
from iamdrift.falco.loading.scalars import scalar, texts, wrong
from iamdrift.falco.loading.schema import KEYS, schema_warnings
from iamdrift.falco.loading.versions import PluginWanted, engine_version_of, plugin_serves
from iamdrift.falco.loading.yaml_file import (
    Node,
    documents,
    elements,
    is_mapping,
    is_null,
    is_sequence,
    member,
    members,
    text_of,
)


def read_file(name: str, text: str, into: Collection, result: FileResult) -> None:
    """Read a rule file into a collection. Raises LoadError at the first thing that is wrong."""
    context = Context.of_file(name)
    found = documents(text, context)
    result.schema_warnings += schema_warnings(found)
    for document in found:
        if is_null(document):
            continue
        if is_mapping(document):
            if not any(member(document, key) is not None for key in KEYS):
                raise wrong("Rules content is not yaml array of objects", context)
            told = "One mapping instead of a list of items; Falco itself wants a list"
            result.warn("LOAD_WARNING_EXTENSION", told, context.at(document, "rules content item"))
            _read(document, into, result, context)
        elif is_sequence(document):
            for item in elements(document):
                if not is_null(item):
                    _read(item, into, result, context)
        else:
            raise wrong("Rules content is not yaml", context)


def _read(item: Node, into: Collection, result: FileResult, context: Context) -> None:
    if not is_mapping(item):
        told = "Unexpected element type. Each element should be a yaml associative array."
        raise wrong(told, context.at(item, "rules content item"))
    kind = next((key for key in KEYS if member(item, key) is not None), None)
    if kind is None:
        result.warn("LOAD_UNKNOWN_ITEM", "Unknown top level item", context.at(item, "rules content item"))
        return
    if kind == "required_engine_version":
        _engine(item, into, context.at(item, kind))
    elif kind == "required_plugin_versions":
        _plugins(item, into, context)
    else:
        name = scalar(item, kind, context.at(item, kind))
        place = context.at(item, kind, name)
        {"list": _list, "macro": _macro, "rule": read_rule}[kind](item, name, into, result, place)
    _unknown_keys(item, kind, result, context.at(item, kind))


def _unknown_keys(item: Node, kind: str, result: FileResult, context: Context) -> None:
    for key, _ in members(item):
        if text_of(key) not in KEYS[kind]:
            result.warn("LOAD_UNKNOWN_KEY", f"Unknown key '{text_of(key)}' in {kind}", context.at(key, "value for"))


def _engine(item: Node, into: Collection, context: Context) -> None:
    text = scalar(item, "required_engine_version", context)
    version = engine_version_of(text)
    if version is None:
        told = f"Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format."
        raise wrong(told, context)
    into.require_engine(version, context)


def _plugins(item: Node, into: Collection, context: Context) -> None:
    wanted = member(item, "required_plugin_versions")
    place = context.at(wanted, "required plugin versions")
    if not is_sequence(wanted):
        raise wrong("Value of required_plugin_versions must be a sequence", place)
    for plugin in elements(wanted):
        entry = place.at(plugin, "required plugin versions entry")
        if not is_mapping(plugin):
            raise wrong("Plugin version must be a mapping", entry)
        entry = place.at(plugin, "required plugin versions entry", scalar(plugin, "name", entry))
        found = [PluginWanted(scalar(plugin, "name", entry), scalar(plugin, "version", entry))]
        others = member(plugin, "alternatives")
        if others is not None and not is_sequence(others):
            raise wrong("Value of plugin version alternatives must be a sequence", entry)
        for other in elements(others) if others is not None else ():
            inner = entry.at(other, "required plugin versions alternative")
            if not is_mapping(other):
                raise wrong("Plugin version alternative must be a mapping", inner)
            found.append(PluginWanted(scalar(other, "name", inner), scalar(other, "version", inner)))
        alternatives = tuple(found)
        into.require_plugins(alternatives, entry)
        if not plugin_serves(alternatives):
            into.missing_plugins.append((alternatives, entry))


def _list(item: Node, name: str, into: Collection, result: FileResult, context: Context) -> None:
    if not BARE.fullmatch(name):
        result.warn("LOAD_INVALID_LIST_NAME", f"List has an invalid name: {BARE.pattern} is one", context)
    found = ListItem(name, texts(item, "items", context), context)
    if _appends(item, "items", result, context):
        into.append_list(found)
    else:
        into.define_list(found)


def _macro(item: Node, name: str, into: Collection, result: FileResult, context: Context) -> None:
    if not NAME.fullmatch(name):
        result.warn("LOAD_INVALID_MACRO_NAME", f"Macro has an invalid name: {NAME.pattern} is one", context)
    condition = scalar(item, "condition", context)
    place = context.at(member(item, "condition"), "macro condition")
    found = MacroItem(name, condition, context, place)
    if _appends(item, "condition", result, context):
        into.append_macro(found)
    else:
        into.define_macro(found)


def _appends(item: Node, key: str, result: FileResult, context: Context) -> bool:
    append, overrides = read_changes(item, frozenset([key]), frozenset([key]), result, context)
    return append or overrides.get(key) == "append"
