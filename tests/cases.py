"""Reading case files: one JSON value a line, `#` begins a comment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_cases(test_file: str, name: str) -> list[Any]:
    """Read the cases that stand beside a test file."""
    lines = Path(test_file).with_name(name).read_text().splitlines()
    return [json.loads(line) for line in lines if line and not line.startswith("#")]
