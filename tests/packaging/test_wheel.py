"""The wheel and the sdist, as users install them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_RULES = {str(file.relative_to(_ROOT)) for file in (_ROOT / "rules").rglob("*.yaml")}
_DATA = {
    *(f"iamdrift/{name}" for name in _RULES),
    "iamdrift/schemas/drift.avsc",
    "iamdrift/schemas/state.avsc",
    "iamdrift/py.typed",
}
pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the sdist."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(out), str(_ROOT)], check=True, capture_output=True)
    return out


def test_contents(dist: Path) -> None:
    """Wheel and sdist carry rules with their cases, and schemas, and the wheel no tests."""
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= _DATA
    assert not [name for name in names if name.startswith("tests")]
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {*_RULES, "schemas/drift.avsc", "pipeline/iamdrift/graph.py", "setup.py"} <= packed


def test_installs_and_runs(dist: Path, tmp_path: Path) -> None:
    """The wheel installs into an empty environment, with its dependencies, and its command works there."""
    (wheel,) = dist.glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    bin_folder = tmp_path / "empty" / "bin"
    constraints = ["--constraint", str(_ROOT / "requirements.lock")]
    command = [str(bin_folder / "pip"), "install", "--quiet", *constraints, str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    record = (
        b'{"eventSource":"iam.amazonaws.com","eventName":"DeleteRole","eventTime":"2026-01-01T00:00:00Z",'
        b'"recipientAccountId":"123456789012","requestParameters":{"roleName":"App"}}'
    )
    done = subprocess.run(
        [str(bin_folder / "iamdrift"), "explain", "--format", "log"],
        input=record,
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert b'"resource":"App","changes":{"exists":{"from":true,"to":false}' in done.stdout
    tested = subprocess.run(
        [str(bin_folder / "iamdrift"), "rules", "test", "--all"], capture_output=True, check=False, cwd=tmp_path
    )
    assert (tested.returncode, tested.stdout.endswith(b" passed, 0 failed\n")) == (0, True)
