"""The options of Beam's Flink runner: known, held against the runner's own, and refused where they are not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, WorkerOptions

from flink_cluster import fetch_jars
from iamdrift.config import Flink
from iamdrift.errors import ConfigError
from iamdrift.flink.options import KNOWN, PROFILE, runner_options

_OF_THE_WORKER = {"max_cache_memory_usage_mb", "default_sdk_harness_log_level"}
_TYPES = {"boolean": bool, "java.lang.Boolean": bool, "int": int, "java.lang.Integer": int, "java.lang.Long": int}


@pytest.mark.flink
def test_options_are_those_of_the_runner() -> None:
    """Every option that is known is one of the runner's, of the same type; those of workers are Beam's."""
    if shutil.which("javap") is None and os.environ.get("CI") != "true":
        pytest.skip("needs a JDK")
    _, jar = fetch_jars()
    names = (
        "org.apache.beam.runners.flink.FlinkPipelineOptions",
        "org.apache.beam.runners.flink.VersionDependentFlinkPipelineOptions",
        "org.apache.beam.sdk.options.PortablePipelineOptions",
    )
    printed = subprocess.run(["javap", "-cp", str(jar), *names], capture_output=True, text=True, check=True).stdout
    theirs = {}
    for kind, name in re.findall(r"abstract ([\w.]+) (?:get|is)(\w+)\(\)", printed):
        theirs[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = _TYPES.get(kind, str)
    ours = {name: kind for name, kind in KNOWN.items() if name not in _OF_THE_WORKER}
    assert ours == {name: theirs.get(name) for name in ours}
    assert "max_cache_memory_usage_mb" in PipelineOptions([]).view_as(WorkerOptions).get_all_options()


def test_profile_is_of_known_options() -> None:
    """What we set by default could be set by a user, and has the type it should."""
    assert {name: type(value) for name, value in PROFILE.items()} == {name: KNOWN[name] for name in PROFILE}


def test_a_users_option_wins_over_the_profile() -> None:
    """An option is written as Beam writes it, with or without dashes; a switch needs no value."""
    flink = Flink(options=("--checkpointing_interval=2000", "object_reuse", "state_backend=hashmap"), parallelism=3)
    options = runner_options(flink, job_name="x")
    assert options["checkpointing_interval"] == 2000
    assert options["object_reuse"] is True
    assert options["state_backend"] == "hashmap"
    assert (options["parallelism"], options["job_name"]) == (3, "x")


def test_bundles_always_end_before_checkpoints() -> None:
    """Without this option jobs stall; it is there whatever is given."""
    assert runner_options(Flink())["finish_bundle_before_checkpointing"] is True


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("checkpoint_interval=5", "nearest known one is 'checkpointing_interval'"),
        ("max_bundle_size=many", "a whole number, not 'many'"),
        ("object_reuse=perhaps", "true or false, not 'perhaps'"),
        ("max_bundle_size", "wants a value"),
        ("finish_bundle_before_checkpointing=false", "cannot be set"),
        ("parallelism=4", "flink.parallelism"),
        ("environment_type=DOCKER", "flink.worker_pool"),
    ],
)
def test_a_wrong_option_is_refused(given: str, says: str) -> None:
    """An option that is unknown, of a wrong type or decided elsewhere is an error that says what to do."""
    with pytest.raises(ConfigError, match=says):
        runner_options(Flink(options=(given,)))
