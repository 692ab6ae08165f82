"""A job as one self-contained jar: Beam's Flink runner with our graph and its options inside.

Flink runs it by itself, with no job server: over REST, by `flink run`, or in application mode. The places inside the
jar are those of Beam's PortablePipelineJarUtils.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.job_server import JavaJarJobServer
from apache_beam.transforms.environments import ExternalEnvironment, python_sdk_capabilities
from google.protobuf import json_format

from iamdrift.errors import ConfigError
from iamdrift.flink.options import Option
from iamdrift.graph import Job, build

MAIN_CLASS = "org.apache.beam.runners.flink.FlinkPipelineRunner"
_FOLDER = "BEAM-PIPELINE"
_NAME = "iamdrift"


def pipeline_of(job: Job, worker_pool: str) -> beam_runner_api_pb2.Pipeline:
    """Return the graph of a job as Beam's runners read it, for workers that a pool at this address starts."""
    pipeline = beam.Pipeline(options=PipelineOptions(["--streaming"]))
    build(pipeline, job)
    environment = ExternalEnvironment(worker_pool, capabilities=python_sdk_capabilities())
    return pipeline.to_runner_api(default_environment=environment)


def write_jar(runner: Path, job: Job, options: Mapping[str, Option], target: Path) -> None:
    """Write the jar of a job: a copy of the runner's with the job in it."""
    pipeline = pipeline_of(job, str(options["environment_config"]))
    named = {f"beam:option:{name}:v1": value for name, value in options.items()}
    shutil.copyfile(runner, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as jar:
        jar.writestr(f"{_FOLDER}/pipeline-manifest.json", json.dumps({"defaultJobName": _NAME}))
        jar.writestr(f"{_FOLDER}/{_NAME}/pipeline.json", json_format.MessageToJson(pipeline))
        jar.writestr(f"{_FOLDER}/{_NAME}/pipeline-options.json", json.dumps(named))


def runner_jar(given: str, flink_line: str) -> Path:
    """Return the jar of Beam's Flink runner: the given file, or the one that Beam publishes, fetched once.

    `flink_line` is the cluster's version without its last part, as 1.19. Raises ConfigError.
    """
    if given:
        if not Path(given).is_file():
            raise ConfigError(f"flink.job_server_jar names {given}, which is not a file")
        return Path(given)
    try:
        url = JavaJarJobServer.path_to_beam_jar(f":runners:flink:{flink_line}:job-server:shadowJar")
        return Path(JavaJarJobServer.local_jar(url))
    except (URLError, OSError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"Beam's runner for Flink {flink_line} cannot be fetched ({error}); build one with `make flink-jars` and "
            "name it in flink.job_server_jar"
        ) from error
