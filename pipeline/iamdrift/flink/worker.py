"""What a worker pool starts beside a TaskManager: a Python worker of the job, with the job's options.

Does what Beam's container contract asks of a boot program: get the options from the runner's provision service, set
the environment of Beam's worker, become it. The package is expected to be installed; nothing is fetched.
Beam reference: "Container contract" of the portability pages.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import grpc
from apache_beam.portability.api import beam_provision_api_pb2 as api
from apache_beam.portability.api import beam_provision_api_pb2_grpc as service
from apache_beam.portability.api import endpoints_pb2
from google.protobuf import json_format

_ANSWER_SECONDS = 60


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the worker that the arguments of the container contract describe; does not return."""
    parser = argparse.ArgumentParser(prog="iamdrift-worker", description="Started by a Beam worker pool.")
    parser.add_argument("--id", required=True)
    parser.add_argument("--provision_endpoint", required=True)
    for endpoint in ("logging", "artifact", "control"):
        parser.add_argument(f"--{endpoint}_endpoint", default="")
    given, _ = parser.parse_known_args(arguments)
    info = _provision(given.provision_endpoint, given.id)
    options = {name: _plain(value) for name, value in json_format.MessageToDict(info.pipeline_options).items()}
    folder = tempfile.mkdtemp(prefix="iamdrift-worker-")
    environment = {
        **os.environ,
        "WORKER_ID": given.id,
        "PIPELINE_OPTIONS": json.dumps(options),
        "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(given.logging_endpoint or info.logging_endpoint.url),
        "CONTROL_API_SERVICE_DESCRIPTOR": _descriptor(given.control_endpoint or info.control_endpoint.url),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        "SEMI_PERSISTENT_DIRECTORY": folder,
    }
    # The pool holds our output in a pipe that nobody reads.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.execve(sys.executable, [sys.executable, "-m", "iamdrift.flink.harness"], environment)  # noqa: S606


def _provision(endpoint: str, worker: str) -> api.ProvisionInfo:
    with grpc.insecure_channel(endpoint) as channel:
        stub = service.ProvisionServiceStub(channel)
        answer = stub.GetProvisionInfo(
            api.GetProvisionInfoRequest(), timeout=_ANSWER_SECONDS, metadata=[("worker_id", worker)]
        )
    return answer.info


def _plain(value: Any) -> Any:
    """Return a number of a protobuf Struct, which knows only floating ones, as the whole number it was."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _descriptor(url: str) -> str:
    return str(endpoints_pb2.ApiServiceDescriptor(url=url))


if __name__ == "__main__":
    main()
