"""Which rules are switched on, and how they match: the settings of Falco's `rules:`, `priority` and `rule_matching`."""

from __future__ import annotations

import re

import msgspec

from iamdrift.errors import ConfigError
from iamdrift.falco.alert import AlertFormat
from iamdrift.falco.loading.collection import RuleItem
from iamdrift.falco.loading.scalars import PRIORITIES


class RuleSettings(msgspec.Struct, frozen=True):
    """How rules are used.

    `matching` is all or first. Rules less severe than `priority` are off. `select` are choices in order, each
    `enable:NAME`, `disable:NAME` (with wildcards), `enable:tag=TAG` or `disable:tag=TAG`. `own_accounts` are trusted
    to be trusted: another account is one that is none of them.
    """

    matching: str = "all"
    priority: str = "debug"
    select: tuple[str, ...] = ()
    own_accounts: frozenset[str] = frozenset()
    alerts: AlertFormat = AlertFormat()


def check_settings(settings: RuleSettings) -> None:
    """Raise ConfigError for a setting that means nothing."""
    if settings.matching not in ("all", "first"):
        raise ConfigError(f"rules.matching is all or first, not {settings.matching!r}")
    _severity(settings.priority)
    for choice in settings.select:
        _choice(choice)


def selected(rule: RuleItem, settings: RuleSettings) -> bool:
    """Say whether a rule is on: as it says itself, unless a choice says otherwise; the last one counts."""
    if PRIORITIES.index(rule.priority) > _severity(settings.priority):
        return False
    enabled = rule.enabled
    for choice in settings.select:
        enable, by_tag, pattern = _choice(choice)
        if pattern in rule.tags if by_tag else _is_like(rule.name, pattern):
            enabled = enable
    return enabled


def _is_like(name: str, pattern: str) -> bool:
    """Say whether a name fits a pattern, in which only a star is special, as in Falco."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def _severity(name: str) -> int:
    names = {one.casefold(): number for number, one in enumerate(PRIORITIES)} | {"info": 6}
    if name.casefold() not in names:
        raise ConfigError(f"rules.priority is one of {', '.join(PRIORITIES).lower()}, not {name!r}")
    return names[name.casefold()]


def _choice(text: str) -> tuple[bool, bool, str]:
    action, _, pattern = text.partition(":")
    if action not in ("enable", "disable") or not pattern:
        raise ConfigError(f"rules.select is enable:NAME, disable:NAME, enable:tag=TAG or disable:tag=TAG, not {text!r}")
    return action == "enable", pattern.startswith("tag="), pattern.removeprefix("tag=")
