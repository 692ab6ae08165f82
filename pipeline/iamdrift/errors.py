"""The errors of iamdrift: one root, a few families, each saying where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place in a file: path, and line and column counted from 1 (0 = not known)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        known = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(known)


class RecordPlace(NamedTuple):
    """A place in the input: topic, partition and offset of a Kafka record, or a file and a record number."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


Place = FilePlace | RecordPlace


class IamdriftError(Exception):
    """The root of every error iamdrift raises on purpose; prints as `place: message` in one line."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message, place)
        self.message = message
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == getattr(other, "args", None)

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class ConfigError(IamdriftError):
    """A setting is unknown, of the wrong type, or missing."""


class RuleError(IamdriftError):
    """A rules file cannot be read, parsed or compiled."""


class RecordError(IamdriftError):
    """Input bytes are not a record we can read; the record goes to the dead letters."""


class StateError(IamdriftError):
    """Stored state cannot be read: unknown schema fingerprint, or damaged bytes."""


class TransportError(IamdriftError):
    """Kafka or the file system refused; carries what was asked of it."""
