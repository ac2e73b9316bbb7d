"""The command line on the tests' database."""

import socket
from pathlib import Path

import pytest

from kit_cli import Line


@pytest.fixture
def typed(database: str, tmp_path: Path) -> Line:
    return Line(tmp_path / "home", database)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
