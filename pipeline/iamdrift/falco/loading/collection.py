"""Everything that rule files define, in order: what a new item does to the one of the same name before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from iamdrift.falco.fields.field import FieldSet
from iamdrift.falco.loading.exceptions import RuleException
from iamdrift.falco.loading.problems import Context, FileResult, LoadError
from iamdrift.falco.loading.versions import ENGINE, PluginWanted, Version, version_of

DRIFT_SOURCE = "iam_drift"
TRAIL_SOURCE = "aws_cloudtrail"


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file by name and text, so that it can travel to workers."""

    name: str
    text: str


@dataclass(slots=True)
class ListItem:
    """A list. `index` is when it was first defined, `visibility` when it last changed."""

    name: str
    items: list[str]
    context: Context
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class MacroItem:
    """A macro as written. It sees the macros that were first defined before it last changed."""

    name: str
    condition: str
    context: Context
    condition_context: Context
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class RuleItem:
    """A rule as written; `source` is None where it does not say."""

    name: str
    condition: str
    output: str
    desc: str
    priority: str
    source: str | None
    context: Context
    condition_context: Context
    output_context: Context
    enabled: bool = True
    tags: frozenset[str] = frozenset()
    exceptions: list[RuleException] = field(default_factory=list)
    warn_evttypes: bool = True
    skip_if_unknown_filter: bool = False
    capture: bool = False
    capture_duration: int = 0
    known_source: bool = True


@dataclass(slots=True)
class RuleUpdate:
    """Parts of a rule that a later item appends to it, or puts in place of its own; None = not given."""

    name: str
    context: Context
    source: str | None = None
    condition: str | None = None
    output: str | None = None
    desc: str | None = None
    tags: frozenset[str] | None = None
    exceptions: list[RuleException] | None = None
    priority: str | None = None
    enabled: bool | None = None
    warn_evttypes: bool | None = None
    skip_if_unknown_filter: bool | None = None
    capture: bool | None = None
    capture_duration: int | None = None

    def given(self) -> dict[str, Any]:
        """Return the parts that are given."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _WHO}
        return {name: value for name, value in values.items() if value is not None}


_WHO = frozenset(["name", "context", "source"])


class Collection:
    """Lists, macros and rules by name, in the order in which each was first defined."""

    def __init__(self, sources: Mapping[str, FieldSet], is_field: Callable[[str, str], bool]) -> None:
        self.lists: dict[str, ListItem] = {}
        self.macros: dict[str, MacroItem] = {}
        self.rules: dict[str, RuleItem] = {}
        self.missing_plugins: list[tuple[tuple[PluginWanted, ...], Context]] = []
        self._sources = sources
        self._is_field = is_field
        self._count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    def require_engine(self, wanted: Version, context: Context) -> None:
        """Check a wanted engine version. Raises LoadError."""
        have = version_of(ENGINE)
        if have is None or not have.serves(wanted):
            raise _invalid(f"Rules require engine version {wanted}, but engine version is {ENGINE}", context)

    def require_plugins(self, alternatives: tuple[PluginWanted, ...], context: Context) -> None:
        """Check that wanted plugin versions are versions, each plugin once. Raises LoadError."""
        names = set()
        for one in alternatives:
            if version_of(one.version) is None:
                raise _invalid(f"Invalid required version '{one.version}' for plugin '{one.name}'", context)
            if one.name in names:
                told = f"Defined multiple alternative version requirements for plugin '{one.name}'"
                raise _invalid(told, context)
            names.add(one.name)

    def check_plugins(self) -> None:
        """Check that every plugin that a file wants is here. Raises LoadError."""
        for alternatives, context in self.missing_plugins:
            told = " or ".join(f"{one.name} >= {one.version}" for one in alternatives)
            raise _invalid(f"Plugin requirement not satisfied: {told}", context)

    def define_list(self, item: ListItem) -> None:
        """Define a list, in the place of one by its name."""
        self._define(self.lists, item)

    def define_macro(self, item: MacroItem) -> None:
        """Define a macro, in the place of one by its name."""
        self._define(self.macros, item)

    def _define(self, known: dict[str, Any], item: ListItem | MacroItem) -> None:
        item.visibility = self._next()
        previous = known.get(item.name)
        item.index = previous.index if previous else item.visibility
        known[item.name] = item

    def append_list(self, item: ListItem) -> None:
        """Add items to a list. Raises LoadError where there is none."""
        previous = self.lists.get(item.name)
        if previous is None:
            raise _invalid(_NO_PREVIOUS.format("List", "items", "list"), item.context)
        previous.items += item.items
        previous.visibility = self._next()

    def append_macro(self, item: MacroItem) -> None:
        """Add text to a macro's condition. Raises LoadError where there is none."""
        previous = self.macros.get(item.name)
        if previous is None:
            raise _invalid(_NO_PREVIOUS.format("Macro", "condition", "macro"), item.context)
        previous.condition += f" {item.condition}"
        previous.visibility = self._next()

    def define_rule(self, item: RuleItem, result: FileResult) -> None:
        """Define a rule, in the place of one by its name. Raises LoadError."""
        previous = self.rules.get(item.name)
        _same_source(previous, item.source, item.context)
        if item.source is None:
            item.source = previous.source if previous else DRIFT_SOURCE
        item.known_source = item.source in self._sources
        if not item.known_source:
            result.warn("LOAD_UNKNOWN_SOURCE", f"Unknown source {item.source}, skipping", item.context)
        for exception in item.exceptions:
            if not exception.fields.is_given:
                told = "Rule exception item must have fields property with a list of fields"
                raise _invalid(told, exception.context)
            self._check(exception, item)
        self._next()
        self.rules[item.name] = item

    def append_rule(self, update: RuleUpdate) -> None:
        """Add text, tags and exceptions to a rule. Raises LoadError."""
        rule = self._previous(update, _NO_PREVIOUS.format("Rule", "<key>", "rule"))
        given = update.given()
        if not given:
            raise _invalid("Appended rule must have exceptions or condition property", update.context)
        for name in ("condition", "output", "desc"):
            if text := given.get(name):
                setattr(rule, name, f"{getattr(rule, name)} {text}")
        rule.tags |= given.get("tags", frozenset())
        for exception in given.get("exceptions", ()):
            self._append_exception(rule, exception)
        self._next()

    def _append_exception(self, rule: RuleItem, new: RuleException) -> None:
        for one in rule.exceptions:
            if one.name != new.name:
                continue
            for part, name in ((new.fields, "fields"), (new.comps, "comps")):
                if part.is_given:
                    told = f"Can not append exception {name} to existing exception, only values"
                    raise _invalid(told, new.context)
            one.values += new.values
            return
        if not new.fields.is_given:
            raise _invalid("Rule exception must have fields property with a list of fields", new.context)
        if not new.values:
            raise _invalid("Rule exception must have values property with a list of values", new.context)
        self._check(new, rule)
        rule.exceptions.append(new)

    def replace_in_rule(self, update: RuleUpdate) -> None:
        """Put parts of a rule in the place of its own. Raises LoadError."""
        told = "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
        rule = self._previous(update, told)
        given = update.given()
        for exception in given.get("exceptions", ()):
            self._check(exception, rule)
        for name, value in given.items():
            setattr(rule, name, value)
        self._next()

    def enable_rule(self, name: str, *, enabled: bool, context: Context) -> None:
        """Switch a rule on or off. Raises LoadError where there is none."""
        if name not in self.rules:
            raise _invalid("Rule has 'enabled' key but no rule by that name already exists", context)
        self.rules[name].enabled = enabled

    def _previous(self, update: RuleUpdate, missing: str) -> RuleItem:
        rule = self.rules.get(update.name)
        if rule is None:
            raise _invalid(missing, update.context)
        _same_source(rule, update.source, update.context)
        return rule

    def _check(self, exception: RuleException, rule: RuleItem) -> None:
        source = rule.source or DRIFT_SOURCE
        exception.check((lambda name: self._is_field(source, name)) if rule.known_source else None)


_NO_PREVIOUS = "{} uses 'append' or 'override.{}: append' but no {} by that name already exists"


def _same_source(previous: RuleItem | None, source: str | None, context: Context) -> None:
    if previous and source and previous.source != source:
        raise _invalid("Rule has been re-defined with a different source", context)


def _invalid(message: str, context: Context) -> LoadError:
    return LoadError("LOAD_ERR_VALIDATE", message, context)
