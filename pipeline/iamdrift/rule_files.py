"""Finding rule files: those that ship with iamdrift, and those the user names; with how they are used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from iamdrift.config import Settings
from iamdrift.errors import FilePlace, RuleError
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.falco.matching.selection import RuleSettings, check_settings
from iamdrift.resources import bundled_rules


class Rules(msgspec.Struct, frozen=True):
    """The rules of a job: the text of their files, so that workers need no files, and how they are used."""

    files: tuple[RuleFile, ...] = ()
    settings: RuleSettings = RuleSettings()

    def compiled(self) -> RuleSet:
        """Compile the rules, once in a process. Raises RuleError."""
        return _compiled(self.files, msgspec.msgpack.encode(self.settings))


@lru_cache(maxsize=4)
def _compiled(files: tuple[RuleFile, ...], settings: bytes) -> RuleSet:
    return RuleSet.of(files, msgspec.msgpack.decode(settings, type=RuleSettings))


def rule_files(paths: Iterable[str], *, bundled: bool) -> tuple[RuleFile, ...]:
    """Read rule files, a folder as all .yaml files in it. Raises RuleError naming the file."""
    files = [RuleFile(f"rules/{file.name}", file.read_text()) for file in bundled_rules()] if bundled else []
    for name in paths:
        path = Path(name)
        for one in sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]:
            try:
                files.append(RuleFile(str(one), one.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise RuleError(f"cannot read the rules: {error}", FilePlace(str(one))) from error
    return tuple(files)


def rules_of(settings: Settings) -> Rules:
    """Read the rule files that settings name, and check that they compile.

    Raises RuleError naming file, line and column, and ConfigError.
    """
    use = rule_settings_of(settings)
    check_settings(use)
    rules = Rules(rule_files(settings.rules.files, bundled=settings.rules.bundled), use)
    rules.compiled()
    return rules


def rule_settings_of(settings: Settings) -> RuleSettings:
    """Return how settings use rules."""
    rules = settings.rules
    own = frozenset(rules.own_accounts)
    return RuleSettings(rules.matching, rules.priority, rules.select, own, settings.alerts)
