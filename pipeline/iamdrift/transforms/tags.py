"""The names of the outputs a step has beside its main one."""

DEAD = "dead"
SNAPSHOTS = "snapshots"
NAMES = "names"
PLAIN = "plain"
