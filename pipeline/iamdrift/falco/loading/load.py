"""Loading rule files one after the other into one collection, as the engine does, and compiling what they define."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from iamdrift.errors import RuleError
from iamdrift.falco.alert import AppendOutput
from iamdrift.falco.condition.cursor import ConditionError
from iamdrift.falco.condition.lists import put_list
from iamdrift.falco.condition.macros import Resolved, resolve_macros
from iamdrift.falco.condition.parser import parse_condition, parse_operand
from iamdrift.falco.condition.syntax import Node
from iamdrift.falco.fields.field import FieldSet, Read
from iamdrift.falco.loading.collection import Collection, RuleFile, RuleItem
from iamdrift.falco.loading.exceptions import with_exceptions
from iamdrift.falco.loading.items import read_file
from iamdrift.falco.loading.problems import Context, FileResult, LoadError
from iamdrift.falco.matching.cautions import cautions, compares_with_na
from iamdrift.falco.matching.compile import Check, compile_condition, typed
from iamdrift.falco.output import Output, compile_output, extra_fields

_UNKNOWN = ("nonexistent field", "unknown filter:")


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule that is ready: as written, its condition without macros and lists, its check and its outputs."""

    item: RuleItem
    node: Node
    check: Check
    output: Output
    extra: Mapping[str, Read]


@dataclass(slots=True)
class Loaded:
    """What came of rule files: a result for each, and the rules of the last compilation, in order."""

    results: list[FileResult] = field(default_factory=list)
    rules: list[LoadedRule] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)

    def errors(self) -> list[RuleError]:
        """Return the errors, each with its place."""
        return [
            RuleError(_told(problem.message, problem.context), problem.context.place())
            for result in self.results
            for problem in result.errors
        ]


def _told(message: str, context: Context) -> str:
    """Say which item an error is in."""
    named = [one for one in context.locations if one.item_type in ("rule", "macro", "list") and one.item_name]
    inside = ""
    if context.condition:
        at, before = context.locations[-1], context.locations[-2]
        inside = f"condition, line {at.line - before.line}, column {at.column - before.column}: "
    return f"{named[-1].item_type} '{named[-1].item_name}': {inside}{message}" if named else message


def load(files: Iterable[RuleFile], sources: Mapping[str, FieldSet], appended: tuple[AppendOutput, ...] = ()) -> Loaded:
    """Load rule files. The first error of a file stops at that file: nothing of it counts, and no file after it."""
    loaded = Loaded()
    into = Collection(sources, lambda source, name: _is_field(name, sources[source]))
    for file in files:
        result = FileResult(file.name)
        loaded.results.append(result)
        loaded.contents[file.name] = file.text
        try:
            read_file(file.name, file.text, into, result)
            into.check_plugins()
            loaded.rules = _Compilation(into, sources, appended, result).rules()
        except LoadError as error:
            result.errors.append(error.problem)
            break
    return loaded


def _is_field(text: str, fields: FieldSet) -> bool:
    try:
        operand, end = parse_operand(text)
        typed(operand, fields)
    except RuleError:
        return False
    return end == len(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Node:
    return parse_condition(text)


class _Compilation:
    """Compiles a whole collection, as is done anew with every file."""

    def __init__(
        self,
        collection: Collection,
        sources: Mapping[str, FieldSet],
        appended: tuple[AppendOutput, ...],
        result: FileResult,
    ) -> None:
        self._of = collection
        self._sources = sources
        self._appended = appended
        self._result = result
        self._used_lists: set[str] = set()
        self._used_macros: set[str] = set()
        self._lists = self._expanded_lists()
        self._macros: dict[str, Node] = {}

    def _expanded_lists(self) -> dict[str, list[str]]:
        """Return the items of each list; a list that is an item of a later one is put in, one level deep."""
        lists: dict[str, list[str]] = {}
        for one in self._of.lists.values():
            items: list[str] = []
            for item in one.items:
                other = self._of.lists.get(item)
                if other is not None and other.index < one.visibility:
                    self._used_lists.add(item)
                    items += other.items
                else:
                    items.append(item)
            lists[one.name] = items
        return lists

    def rules(self) -> list[LoadedRule]:
        """Compile macros and rules, and warn of what nothing uses. Raises LoadError at the first error."""
        for macro in self._of.macros.values():
            self._macros[macro.name] = self._parse(macro.condition, macro.condition_context)
        for macro in self._of.macros.values():
            visible = {one.name for one in self._of.macros.values() if one.index < macro.visibility}
            known = {name: node for name, node in self._macros.items() if name in visible}
            self._macros[macro.name] = self._resolve(
                self._macros[macro.name], known, macro.condition, macro.context
            ).node
        loaded = [one for rule in self._of.rules.values() if (one := self._rule(rule))]
        for macro in self._of.macros.values():
            if macro.name not in self._used_macros:
                told = "Macro not referred to by any other rule/macro"
                self._result.warn("LOAD_UNUSED_MACRO", told, macro.context)
        for unused in self._of.lists.values():
            if unused.name not in self._used_lists:
                told = "List not referred to by any other rule/macro"
                self._result.warn("LOAD_UNUSED_LIST", told, unused.context)
        return loaded

    def _parse(self, condition: str, context: Context) -> Node:
        text = condition
        try:
            for name, items in self._lists.items():
                text, used = put_list(text, name, items)
                if used:
                    self._used_lists.add(name)
            return _parsed(text)
        except ConditionError as error:
            place = context.in_condition(error.at, text)
            raise LoadError("LOAD_ERR_COMPILE_CONDITION", error.message, place) from error
        except RuleError as error:
            raise LoadError("LOAD_ERR_COMPILE_CONDITION", error.message, context) from error

    def _resolve(self, node: Node, macros: Mapping[str, Node], condition: str, context: Context) -> Resolved:
        try:
            resolved = resolve_macros(node, macros)
        except ConditionError as error:
            raise LoadError("LOAD_ERR_VALIDATE", error.message, context.in_condition(error.at, condition)) from error
        self._used_macros |= resolved.used
        return resolved

    def _rule(self, rule: RuleItem) -> LoadedRule | None:
        """Compile a rule; None for one that is left out."""
        if not rule.known_source or rule.source is None:
            return None
        fields = self._sources[rule.source]
        condition = with_exceptions(rule.condition, rule.exceptions)
        outputs = self._outputs(rule, fields)
        if outputs is None:
            return None
        node = self._parse(condition, rule.condition_context)
        node = self._resolve(node, self._macros, condition, rule.context).node
        if compares_with_na(node):
            told = "a missing value is never equal to <NA>; use 'exists'"
            self._result.warn("LOAD_UNSAFE_NA_CHECK", told, rule.condition_context)
        try:
            check = compile_condition(node, fields)
        except ConditionError as error:
            place = rule.condition_context.in_condition(error.at, condition)
            if rule.skip_if_unknown_filter and any(part in error.message for part in _UNKNOWN):
                self._result.warn("LOAD_UNKNOWN_FILTER", error.message, place)
                return None
            raise LoadError("LOAD_ERR_COMPILE_CONDITION", error.message, place) from error
        for told, at in cautions(node, fields):
            place = rule.condition_context.in_condition(at, condition)
            self._result.warn("LOAD_COMPILE_CONDITION", told, place)
        return LoadedRule(rule, node, check, *outputs)

    def _outputs(self, rule: RuleItem, fields: FieldSet) -> tuple[Output, dict[str, Read]] | None:
        """Compile the output of a rule with what the settings append to it; None where the rule is left out."""
        appended = [one for one in self._appended if one.is_for(rule.name, rule.source or "", rule.tags)]
        text = " ".join([rule.output, *(one.extra_output for one in appended if one.extra_output)])
        try:
            output = compile_output(text, fields)
        except RuleError as error:
            if rule.skip_if_unknown_filter and any(part in error.message for part in _UNKNOWN):
                self._result.warn("LOAD_UNKNOWN_FILTER", error.message, rule.output_context)
                return None
            raise LoadError("LOAD_ERR_COMPILE_OUTPUT", error.message, rule.output_context) from error
        try:
            given = [field for one in appended for field in one.extra_fields]
            return output, {name: read for one in given for name, read in extra_fields(one, fields)}
        except RuleError as error:
            raise LoadError("LOAD_ERR_COMPILE_OUTPUT", error.message, rule.output_context) from error
