"""A Flink cluster over its REST API: submit a jar, look at a job, stop it with a savepoint.

Flink reference: "REST API" of the operations pages, version v1.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests

from iamdrift.errors import TransportError
from iamdrift.flink.jar import MAIN_CLASS

_SECONDS = 60
_STOP_SECONDS = 600
ENDED = frozenset({"FAILED", "CANCELED", "FINISHED"})


class FlinkCluster:
    """The cluster behind a JobManager's REST address, `host:port` or a URL. All calls raise TransportError."""

    def __init__(self, master: str) -> None:
        self._url = (master if "://" in master else f"http://{master}").rstrip("/") + "/v1"

    def flink_line(self) -> str:
        """Return the version of the cluster without its last part, as 1.19."""
        version: str = self._ask("GET", "config")["flink-version"]
        return ".".join(version.split(".")[:2])

    def submit(self, jar: Path, savepoint: str | None = None, *, allow_non_restored_state: bool = False) -> str:
        """Upload a job's jar and start it, from a savepoint where one is given; returns the job's id.

        The job lives on without us. State of the savepoint that no step takes is an error unless it is allowed.
        """
        how: dict[str, Any] = {"entryClass": MAIN_CLASS, "allowNonRestoredState": allow_non_restored_state}
        if savepoint:
            how["savepointPath"] = savepoint
        with jar.open("rb") as content:
            uploaded = self._ask("POST", "jars/upload", files={"jarfile": (jar.name, content)})["filename"]
        name = uploaded.rsplit("/", 1)[-1]
        try:
            job: str = self._ask("POST", f"jars/{name}/run", json=how)["jobid"]
        finally:
            self._ask("DELETE", f"jars/{name}")
        return job

    def state(self, job: str) -> str:
        """Return the state of a job in Flink's words, as RUNNING."""
        return str(self._ask("GET", f"jobs/{job}")["state"])

    def failure(self, job: str) -> str:
        """Return the root cause of a job's last failure, or an empty text."""
        entries = self._ask("GET", f"jobs/{job}/exceptions")["exceptionHistory"]["entries"]
        return str(entries[0]["stacktrace"]) if entries else ""

    def cancel(self, job: str) -> None:
        """End a job at once."""
        self._ask("PATCH", f"jobs/{job}?mode=cancel")

    def stop(self, job: str, folder: str | None = None) -> str:
        """Stop a job with a savepoint and return its path. Without a folder the cluster has its own for them."""
        body = {"drain": False, **({"targetDirectory": folder} if folder else {})}
        trigger = self._ask("POST", f"jobs/{job}/stop", json=body)["request-id"]
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            found = self._ask("GET", f"jobs/{job}/savepoints/{trigger}")
            if found["status"]["id"] == "COMPLETED":
                operation = found["operation"]
                if "location" in operation:
                    return str(operation["location"])
                cause = operation.get("failure-cause", {}).get("stack-trace", "")
                raise TransportError(f"job {job} was not stopped: {_first_lines(cause)}")
            time.sleep(0.5)
        raise TransportError(f"job {job} did not stop in {_STOP_SECONDS} seconds")

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = requests.request(method, f"{self._url}/{path}", timeout=_SECONDS, **more)
        except requests.RequestException as error:
            raise TransportError(f"no Flink at {self._url}: {error}; check flink.master") from error
        if not answer.ok:
            raise TransportError(f"Flink refused {method} {path}: {_refusal(answer)}")
        return answer.json() if answer.text else {}


def _refusal(answer: requests.Response) -> str:
    try:
        errors = answer.json().get("errors", [answer.text])
    except ValueError:
        errors = [answer.text]
    return _first_lines(" ".join(str(one) for one in errors))


def _first_lines(trace: str) -> str:
    """Return the causes in a Java trace without its frames."""
    lines = [
        line.strip() for line in trace.splitlines() if line.strip() and not line.strip().startswith(("at ", "..."))
    ]
    return " ".join(lines)[:2000]
