"""The options of Beam's Flink runner: which there are, and which ours are unless a user says otherwise.

Beam's runner takes an option it does not know for granted and leaves it aside; here an unknown one is an error. The
names are those of FlinkPipelineOptions and PortablePipelineOptions of the runner, and of the Python worker;
tests/flink/test_options.py holds them against the runner's jar.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from iamdrift.config import Flink
from iamdrift.errors import ConfigError

Option = str | int | bool

# Options that are set by what they are for: the settings of the [flink] section, or how a job is submitted.
_RESERVED = MappingProxyType(
    {
        "flink_master": "flink.master",
        "parallelism": "flink.parallelism",
        "environment_type": "flink.worker_pool",
        "environment_config": "flink.worker_pool",
        "savepoint_path": "--savepoint",
        "allow_non_restored_state": "--allow-non-restored-state",
        "job_name": "--job-name",
        "streaming": "nothing: a job on Flink always is",
        "finish_bundle_before_checkpointing": "nothing: without it jobs stall while their checkpoints stay green",
    }
)

KNOWN: Mapping[str, type] = MappingProxyType(
    {
        # the runner
        "max_parallelism": int,
        "checkpointing_interval": int,
        "checkpointing_mode": str,
        "checkpoint_timeout_millis": int,
        "min_pause_between_checkpoints": int,
        "num_concurrent_checkpoints": int,
        "fail_on_checkpointing_errors": bool,
        "unaligned_checkpoint_enabled": bool,
        "force_unaligned_checkpoint_enabled": bool,
        "externalized_checkpoints_enabled": bool,
        "retain_externalized_checkpoints_on_cancellation": bool,
        "shutdown_sources_after_idle_ms": int,
        "number_of_execution_retries": int,
        "execution_retry_delay": int,
        "object_reuse": bool,
        "operator_chaining": bool,
        "state_backend": str,
        "state_backend_storage_path": str,
        "disable_metrics": bool,
        "max_bundle_size": int,
        "max_bundle_time_mills": int,
        "latency_tracking_interval": int,
        "auto_watermark_interval": int,
        "report_checkpoint_duration": str,
        "faster_copy": bool,
        "force_slot_sharing_group": bool,
        # the workers
        "sdk_worker_parallelism": int,
        "environment_cache_millis": int,
        "environment_expiration_millis": int,
        "load_balance_bundles": bool,
        "max_cache_memory_usage_mb": int,
        "default_sdk_harness_log_level": str,
    }
)

# What was measured to be good: see docs/operations.md and bench/flink.py.
PROFILE: Mapping[str, Option] = MappingProxyType(
    {
        "checkpointing_interval": 10_000,
        # A checkpoint that begins before the workers heard that the one before is complete may refer to files that are
        # gone by then (RocksDB, incremental); it stays open until its timeout, and no other begins.
        "min_pause_between_checkpoints": 1_000,
        "checkpoint_timeout_millis": 120_000,
        "unaligned_checkpoint_enabled": True,
        "externalized_checkpoints_enabled": True,
        "retain_externalized_checkpoints_on_cancellation": True,
        "max_bundle_size": 5_000,
        "max_bundle_time_mills": 300,
        "object_reuse": True,
        "faster_copy": True,
        "sdk_worker_parallelism": 2,
    }
)


def runner_options(flink: Flink, **submission: Option) -> dict[str, Option]:
    """Return all options of a job by their names in Beam; `submission` are those of this one submission.

    Raises ConfigError for an option that is unknown, or that another setting decides.
    """
    return {
        **PROFILE,
        **_given(flink.options),
        "streaming": True,
        "finish_bundle_before_checkpointing": True,
        "flink_master": "[auto]",
        "parallelism": flink.parallelism,
        "environment_type": "EXTERNAL",
        "environment_config": flink.worker_pool,
        **submission,
    }


def _given(assignments: Iterable[str]) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for assignment in assignments:
        name, equals, text = assignment.removeprefix("--").partition("=")
        if instead := _RESERVED.get(name):
            raise ConfigError(f"flink option {name} cannot be set; what decides it is {instead}")
        if name not in KNOWN:
            nearest = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0)
            raise ConfigError(f"unknown flink option {name!r}; the nearest known one is {nearest[0]!r}")
        kind = KNOWN[name]
        if not equals and kind is not bool:
            raise ConfigError(f"flink option {name} wants a value: {name}=…")
        found[name] = _value(name, kind, text if equals else "true")
    return found


def _value(name: str, kind: type, text: str) -> Option:
    if kind is bool:
        if text.casefold() not in ("true", "false"):
            raise ConfigError(f"flink option {name} is true or false, not {text!r}")
        return text.casefold() == "true"
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise ConfigError(f"flink option {name} is a whole number, not {text!r}") from error
    return text
