"""Finding rule files: those that ship with iamdrift, and those the user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from iamdrift.errors import FilePlace, RuleError
from iamdrift.falco.engine import RuleSet
from iamdrift.falco.rules import RuleFile
from iamdrift.resources import bundled_rules


def rule_files(paths: Iterable[str], *, bundled: bool) -> tuple[RuleFile, ...]:
    """Read rule files, a folder as all .yaml files in it, and check that they compile.

    Raises RuleError naming file, line and column.
    """
    files = [RuleFile(f"rules/{file.name}", file.read_text()) for file in bundled_rules()] if bundled else []
    for name in paths:
        path = Path(name)
        for one in sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]:
            try:
                files.append(RuleFile(str(one), one.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise RuleError(f"cannot read the rules: {error}", FilePlace(str(one))) from error
    RuleSet.of(tuple(files))
    return tuple(files)
