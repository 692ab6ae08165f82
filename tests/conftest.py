"""Fixtures of all tests: a real broker, started once, only when a test asks for it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def _needs_java() -> None:
    """Without Java or Maven a real service is a failure in CI and a skip elsewhere."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"needs {' and '.join(missing)} for real services")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Start a real Apache Kafka."""
    _needs_java()
    from kafka_broker import Broker

    broker = Broker(tmp_path_factory.mktemp("kafka"))
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Start a real Flink cluster, a new one for each module of tests."""
    _needs_java()
    from flink_cluster import Flink

    cluster = Flink(tmp_path_factory.mktemp("flink"))
    yield cluster
    cluster.close()
