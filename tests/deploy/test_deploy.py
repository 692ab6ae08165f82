"""What cannot run in a test is held to what can: versions, ports, files, variables and options of deploy/ agree."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from flink_cluster import versions
from iamdrift import __version__
from iamdrift.cli.main import cli
from iamdrift.config import CONFIG_VARIABLE, Flink, load_settings
from iamdrift.flink.jar import MAIN_CLASS
from iamdrift.options import output_topics

_ROOT = Path(__file__).resolve().parents[2]
_DEPLOY = _ROOT / "deploy"
_KUBERNETES = _DEPLOY / "kubernetes"
_YAML = sorted([*_KUBERNETES.rglob("*.yaml"), _DEPLOY / "compose.yaml"])
_TEXTS = sorted([*_YAML, *_DEPLOY.rglob("*.Dockerfile"), _ROOT / "docs" / "operations.md"])


def _documents(file: Path) -> list[Any]:
    return [one for one in yaml.safe_load_all(file.read_text()) if one]


@pytest.fixture(scope="module")
def job() -> Any:
    """Read the FlinkDeployment."""
    return _documents(_KUBERNETES / "base" / "flinkdeployment.yaml")[0]


@pytest.fixture(scope="module")
def compose() -> Any:
    """Read the compose file."""
    return _documents(_DEPLOY / "compose.yaml")[0]["services"]


def _workers(job: Any) -> Any:
    main, workers = job["spec"]["taskManager"]["podTemplate"]["spec"]["containers"]
    assert (main["name"], workers["name"]) == ("flink-main-container", "workers")
    return workers


def test_versions_are_those_of_the_pom(job: Any) -> None:
    """Images, the operator's version, the runner's jar and Beam are of the versions that the tests run."""
    known = versions()
    assert job["spec"]["flinkVersion"] == "v" + known["flink.line"].replace(".", "_")
    text = "\n".join(file.read_text() for file in _TEXTS)
    assert set(re.findall(r"FROM flink:([\d.]+)", text)) == {known["flink.version"]}
    assert set(re.findall(r"job-server-([\d.]+)\.jar", text)) == {known["beam.runner.version"]}
    assert set(re.findall(r"iamdrift-(?:flink|worker):([\d.]+)", text)) == {__version__}
    kafka = re.search(r"<version>([\d.]+)</version>\s*</dependency>", (_ROOT / "tests/kafka/pom.xml").read_text())
    assert kafka
    assert set(re.findall(r"apache/kafka:([\d.]+)", text)) == {kafka[1]}
    beam = re.search(r"^apache-beam==([\d.]+)$", (_ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert beam
    assert beam[1] == known["beam.sdk.version"]
    assert known["flink.version"].startswith(known["flink.line"])


def test_the_pool_is_where_the_job_looks_for_it(job: Any, compose: Any) -> None:
    """The port of the pool is that of the settings' default, in pods, in compose and in the image."""
    host, port = Flink().worker_pool.split(":")
    assert host == "localhost"
    workers = _workers(job)
    assert workers["args"] == ["flink", "pool", "--port", port]
    assert [one["containerPort"] for one in workers["ports"]] == [int(port)]
    dockerfile = (_DEPLOY / "docker" / "worker.Dockerfile").read_text()
    assert f"EXPOSE {port}" in dockerfile
    assert f'CMD ["flink", "pool", "--port", "{port}"]' in dockerfile
    assert compose["workers"]["network_mode"] == "service:taskmanager"


def test_the_jar_is_where_flink_looks_for_it(job: Any, compose: Any) -> None:
    """The jar's place in the image and its main class are those that the job names."""
    jar = "/opt/flink/usrlib/iamdrift.jar"
    assert job["spec"]["job"]["jarURI"] == f"local://{jar}"
    assert f"COPY dist/iamdrift.jar {jar}" in (_DEPLOY / "docker" / "flink.Dockerfile").read_text()
    assert job["spec"]["job"]["entryClass"] == MAIN_CLASS
    assert compose["jobmanager"]["command"] == ["standalone-job", "--job-classname", MAIN_CLASS]


def test_the_job_says_all_that_the_operator_asks_for(job: Any) -> None:
    """A FlinkDeployment has what its reference calls required, and one slot a subtask of a whole TaskManager."""
    spec = job["spec"]
    assert {"image", "flinkVersion", "serviceAccount", "jobManager", "taskManager", "job"} <= set(spec)
    assert spec["job"]["upgradeMode"] in {"savepoint", "last-state", "stateless"}
    assert all({"memory", "cpu"} == set(spec[role]["resource"]) for role in ("jobManager", "taskManager"))
    assert all(isinstance(value, str) for value in spec["flinkConfiguration"].values())
    assert spec["job"]["parallelism"] % int(spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"]) == 0


def test_volumes_that_are_mounted_are_there(job: Any) -> None:
    """Every mount has its volume, and every volume the object it comes from."""
    kustomization = _documents(_KUBERNETES / "base" / "kustomization.yaml")[0]
    spec = job["spec"]
    claim = _documents(_KUBERNETES / "base" / "state.yaml")[0]["metadata"]["name"]
    settings = kustomization["configMapGenerator"][0]["name"]
    sources = {"state": {"persistentVolumeClaim": {"claimName": claim}}, "settings": {"configMap": {"name": settings}}}
    for role in ("jobManager", "taskManager"):
        pod = spec[role]["podTemplate"]["spec"]
        mounted = {mount["name"] for one in pod["containers"] for mount in one["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]}
        assert all({"name": one["name"], **sources[one["name"]]} == one for one in pod["volumes"])
    (mount,) = _workers(job)["volumeMounts"]
    (variable,) = _workers(job)["env"]
    assert variable["name"] == CONFIG_VARIABLE
    file = kustomization["configMapGenerator"][0]["files"][0]
    assert variable["value"] == f"{mount['mountPath']}/{file}"


def test_files_that_are_named_exist() -> None:
    """What kustomizations, Dockerfiles and compose name is there."""
    for file in _KUBERNETES.rglob("kustomization.yaml"):
        (one,) = _documents(file)
        names = [*one.get("resources", ()), *one.get("configurations", ())]
        names += [patch["path"] for patch in one.get("patches", ())]
        names += [name for made in one.get("configMapGenerator", ()) for name in made["files"]]
        assert all((file.parent / name).exists() for name in names), file
    for file in _DEPLOY.rglob("*.Dockerfile"):
        for line in re.findall(r"^COPY (.*)$", file.read_text(), re.MULTILINE):
            assert all((_ROOT / name).exists() or name.startswith("dist/") for name in line.split()[:-1]), line
    for service in _documents(_DEPLOY / "compose.yaml")[0]["services"].values():
        build = service.get("build", {"context": "..", "dockerfile": "deploy/compose.yaml"})
        assert (_DEPLOY / build["context"] / build["dockerfile"]).exists()
        for volume in service.get("volumes", ()):
            assert not volume.startswith(".") or (_DEPLOY / volume.split(":")[0]).exists()


def test_patches_change_what_is_there(job: Any) -> None:
    """An overlay's patch is of an object of the base, and of keys that the base has or the operator knows."""
    base = [one for file in (_KUBERNETES / "base").glob("*.yaml") for one in _documents(file)]
    there = {(one["kind"], one["metadata"]["name"]) for one in base if "metadata" in one}
    for file in (_KUBERNETES / "overlays").rglob("*.yaml"):
        if file.name == "kustomization.yaml":
            continue
        for one in _documents(file):
            assert (one["kind"], one["metadata"]["name"]) in there
            if one["kind"] == "FlinkDeployment":
                assert set(one["spec"]) <= set(job["spec"])


def test_settings_are_known_and_name_the_topics() -> None:
    """The settings file loads, and its topics are those that topics.yaml makes, the compacted one compacted."""
    settings = load_settings(_KUBERNETES / "base" / "iamdrift.toml", {}, {})
    made = {one["metadata"]["name"]: one["spec"] for one in _documents(_KUBERNETES / "base" / "topics.yaml")}
    assert set(made) == {*settings.input.topics, *output_topics(settings)}
    compacted = {name for name, spec in made.items() if spec.get("config", {}).get("cleanup.policy") == "compact"}
    assert compacted == {settings.output.snapshots_topic}


def test_variables_are_known() -> None:
    """Every IAMDRIFT_ variable that deploy/ or the operations page names is one."""
    for file in [*_TEXTS, _KUBERNETES / "base" / "iamdrift.toml"]:
        for name in re.findall(r"\bIAMDRIFT_[A-Z_]+\b", file.read_text()):
            value = "true" if name.endswith(("HOSTNAME", "SNAPSHOTS", "BUNDLED", "END")) else "1"
            load_settings(None, {name: value}, {})


def _commands() -> list[str]:
    text = (_ROOT / "docs" / "operations.md").read_text().replace("\\\n", " ")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    found = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in found if line.startswith(("iamdrift ", ".venv/bin/iamdrift "))]


@pytest.mark.parametrize("line", _commands())
def test_commands_of_the_page_exist(line: str) -> None:
    """A command of the operations page is one of ours, with options that it has."""
    words = shlex.split(line.split("#")[0])[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    assert given <= known, given - known
    for word, value in pairwise(words):
        if word == "--set":
            load_settings(None, {}, {value.split("=")[0]: "1"})
