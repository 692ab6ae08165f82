"""A real standalone Flink cluster for tests, benchmarks and the demo: loopback, free ports, from Maven Central jars.

One JobManager, TaskManagers with a pool of Python workers beside each, as in production. Everything dies with the
process that made it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from iamdrift.errors import TransportError
from iamdrift.flink.cluster import FlinkCluster
from local_service import die_with_parent, free_port

_ROOT = Path(__file__).resolve().parent.parent
_POM = _ROOT / "deploy" / "flink" / "pom.xml"
_BUILD = _ROOT / "build"
_START_SECONDS = 120
# What Flink's own scripts open to Java 17, as its config.sh does.
_OPENED = (
    "java.lang java.lang.reflect java.net java.io java.nio java.text java.time java.util java.util.concurrent "
    "java.util.concurrent.atomic java.util.concurrent.locks sun.nio.ch"
)
_OPENS = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED.split()]
_EXPORTS = ["--add-exports=java.base/sun.net.util=ALL-UNNAMED"]


def versions() -> dict[str, str]:
    """Return the versions of the pom by their property names."""
    properties = re.search(r"<properties>(.*?)</properties>", _POM.read_text(), re.DOTALL)
    assert properties
    return dict(re.findall(r"<([\w.-]+)>([^<]+)</\1>", properties[1]))


def fetch_jars() -> tuple[Path, Path]:
    """Fetch the cluster's jars and make the runner's, once; returns the folder and the jar. They stay in build/."""
    known = versions()
    folder = _BUILD / f"flink-{known['flink.version']}"
    runner = _BUILD / f"beam-runners-flink-{known['flink.line']}-job-server-{known['beam.runner.version']}.jar"
    done = folder / ".complete"
    if not done.exists() or done.stat().st_mtime < max(pom.stat().st_mtime for pom in _POM.parent.rglob("pom.xml")):
        subprocess.run(["mvn", "-q", "-B", "-f", str(_POM), "package", f"-Djars={_BUILD}"], check=True)
        done.touch()
    return folder, runner


class Flink:
    """A running cluster. `master` is its REST address; close it when done."""

    def __init__(self, folder: Path, slots: int = 2, environment: dict[str, str] | None = None) -> None:
        self.jars, self.runner = fetch_jars()
        self.folder = folder
        self._slots = slots
        self._environment = {**os.environ, **(environment or {})}
        self._rpc, rest, blob = free_port(), free_port(), free_port()
        self._pool_port = free_port()
        self.master = f"127.0.0.1:{rest}"
        self.worker_pool = f"127.0.0.1:{self._pool_port}"
        self._task_managers = 0
        (folder / "conf").mkdir()
        (folder / "conf" / "config.yaml").write_text(
            f"""
jobmanager:
  rpc: {{address: 127.0.0.1, port: {self._rpc}}}
  bind-host: 127.0.0.1
  memory: {{process: {{size: 1024m}}}}
rest: {{address: 127.0.0.1, bind-address: 127.0.0.1, port: {rest}}}
blob: {{server: {{port: {blob}}}}}
taskmanager: {{host: 127.0.0.1, bind-host: 127.0.0.1, numberOfTaskSlots: {slots}}}
state:
  backend: {{type: rocksdb, incremental: true}}
  checkpoints: {{dir: "file://{folder}/checkpoints"}}
  savepoints: {{dir: "file://{folder}/savepoints"}}
restart-strategy:
  type: fixed-delay
  fixed-delay: {{attempts: 1000, delay: 1 s}}
heartbeat: {{interval: 1000, timeout: 30000}}
slot: {{request: {{timeout: 120000}}}}
web: {{tmpdir: "{folder}/web"}}
io: {{tmp: {{dirs: "{folder}/tmp"}}}}
classloader: {{check-leaked-classloader: false}}
"""
        )
        (folder / "web").mkdir()
        (folder / "tmp").mkdir()
        self.cluster = FlinkCluster(self.master)
        entry = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        self._processes = {"jobmanager": self._java("jobmanager", ["-Xmx512m"], entry, [])}
        self._wait(self.cluster.flink_line)
        self.start_task_manager()

    def _java(self, name: str, memory: list[str], main: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        command = ["java", *memory, "-XX:+UseSerialGC", *_OPENS, *_EXPORTS, "-cp", f"{self.jars}/*", main]
        command += ["--configDir", str(self.folder / "conf"), *arguments]
        return self._start(name, command)

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        return subprocess.Popen(
            command, stdout=log, stderr=log, env=self._environment, preexec_fn=die_with_parent, cwd=self.folder
        )

    def start_task_manager(self) -> None:
        """Start a TaskManager and the pool beside it, and wait until it is there."""
        self._task_managers += 1
        name = f"taskmanager-{self._task_managers}"
        command = [str(Path(sys.executable).parent / "iamdrift"), "flink", "pool", "--port", str(self._pool_port)]
        self._processes["pool"] = self._start("pool", command)
        # Sizes that Flink's scripts compute from the process size.
        sizes = {
            "resource-id": name,
            "cpu.cores": str(self._slots),
            "memory.network.min": "64mb",
            "memory.network.max": "64mb",
            "memory.managed.size": "256mb",
            "memory.framework.heap.size": "128mb",
            "memory.framework.off-heap.size": "128mb",
            "memory.task.heap.size": "512mb",
            "memory.task.off-heap.size": "0b",
            "memory.jvm-metaspace.size": "256mb",
            "memory.jvm-overhead.min": "192mb",
            "memory.jvm-overhead.max": "192mb",
        }
        arguments = [part for key, value in sizes.items() for part in ("-D", f"taskmanager.{key}={value}")]
        entry = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        memory = ["-Xmx640m", "-XX:MaxDirectMemorySize=256m", "-XX:MaxMetaspaceSize=256m"]
        self._processes["taskmanager"] = self._java(name, memory, entry, arguments)
        self._wait(self._has_slots)

    def _has_slots(self) -> None:
        managers = self.cluster._ask("GET", "taskmanagers")["taskmanagers"]
        if not any(one["id"].startswith(f"taskmanager-{self._task_managers}") for one in managers):
            raise TransportError("the TaskManager is not registered yet")

    def kill_task_manager(self) -> None:
        """Kill -9 the TaskManager and the pool beside it, as a node that is lost."""
        for name in ("taskmanager", "pool"):
            self._processes[name].kill()
            self._processes[name].wait()

    def replace_task_manager(self, environment: dict[str, str] | None = None) -> None:
        """Kill -9 the TaskManager and its pool, and start others, as an orchestrator does.

        The new ones may have another environment.
        """
        self.kill_task_manager()
        self._environment = {**os.environ, **(environment or {})}
        self.start_task_manager()

    def kill_worker(self) -> None:
        """Kill -9 one Python worker."""
        pool = self._processes["pool"].pid
        workers = Path(f"/proc/{pool}/task").glob("*/children")
        children = [int(pid) for file in workers for pid in file.read_text().split()]
        assert children, "no worker runs"
        os.kill(children[-1], signal.SIGKILL)

    def restarts(self, job: str) -> int:
        """Return how often a job was restarted; Flink needs some seconds to count."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            found = self.cluster._ask("GET", f"jobs/{job}/metrics?get=numRestarts")
            if found:
                return int(found[0]["value"])
            time.sleep(1)
        raise RuntimeError("Flink does not say how often the job was restarted")

    def last_checkpoint(self, job: str) -> float:
        """Return when the last completed checkpoint of a job began, in seconds since the epoch; 0 for none."""
        found = self.cluster._ask("GET", f"jobs/{job}/checkpoints")["latest"]["completed"]
        return found["trigger_timestamp"] / 1000 if found else 0.0

    def command(self, *arguments: str) -> str:
        """Run Flink's own command line tool; returns what it printed."""
        command = ["java", *_OPENS, "-cp", f"{self.jars}/*", "org.apache.flink.client.cli.CliFrontend", *arguments]
        environment = {**self._environment, "FLINK_CONF_DIR": str(self.folder / "conf")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _wait(self, check: Callable[[], object]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                check()
            except TransportError as error:
                for name, process in self._processes.items():
                    if process.poll() is not None:
                        self.close()
                        raise RuntimeError(f"{name} ended: see {self.folder}/{name}.log") from error
                if time.monotonic() > deadline:
                    self.close()
                    raise
                time.sleep(0.2)
            else:
                return

    def close(self) -> None:
        """Stop everything."""
        for process in self._processes.values():
            process.kill()
            process.wait()
