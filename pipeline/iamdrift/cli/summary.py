"""The last words of a job: how many records came, and what became of each."""

from __future__ import annotations

import click

_LABELS = (
    ("records", "records read"),
    ("events", "calls on IAM among them"),
    ("drift", "drift records"),
    ("alerts", "alerts"),
    ("corrections", "corrections of them"),
    ("attempts", "calls that failed"),
    ("unmodelled", "calls that are not modelled"),
    ("alerts_refused", "alerts that a receiver refused"),
    ("bursts", "bursts of denied calls"),
    ("no_change", "changed nothing"),
    ("duplicates", "delivered before"),
    ("late", "late"),
    ("dead_letters", "dead letters"),
    ("dead_letters_route", "dead letters: no resource named"),
    ("dead_letters_track", "dead letters: state unreadable"),
)


def print_summary(counts: dict[str, int]) -> None:
    """Print the counters of a finished job to standard error."""
    for name, label in _LABELS:
        if counts.get(name) or name in ("records", "drift", "alerts"):
            click.echo(f"{counts.get(name, 0):>9,}  {label}", err=True)
    for name in sorted(counts):
        if name.startswith("skipped_"):
            click.echo(f"{counts[name]:>9,}  skipped: {name.removeprefix('skipped_')}", err=True)
