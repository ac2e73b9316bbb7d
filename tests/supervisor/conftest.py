"""Homes to start Comptoir in, outside of pytest's folders, which other accounts cannot enter."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comptoir.settings import Settings
from comptoir.supervisor import Cluster, orphans

WATCHDOG = 60.0  # Seconds after which a program that says nothing is ended, and the test fails.
OWNER = Path(__file__).with_name("owner_program.py")


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home. Whatever still runs in it after the test is a failure, and ended."""
    folder = Path(tempfile.mkdtemp(prefix="comptoir-test-"))
    folder.chmod(0o711)
    yield folder
    left = left_over(folder)
    for pid in left:
        os.kill(pid, 9)
    shutil.rmtree(folder, ignore_errors=True)
    assert not left


def left_over(home: Path) -> list[int]:
    """Living processes of a home."""
    database = orphans.postgres_processes(home / "postgres" / "data")
    return database + orphans.marked_processes(str(home))


@pytest.fixture(params=["system", "wheel"])
def flavour(request: pytest.FixtureRequest) -> bool:
    """Whether a system PostgreSQL may be used: each test runs with it and with the wheel."""
    return bool(request.param == "system")


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A home whose database was made once; tests copy it instead of making their own."""
    folder = Path(tempfile.mkdtemp(prefix="comptoir-test-made-"))
    folder.chmod(0o711)
    cluster = Cluster(folder, Settings(home=folder))
    asyncio.run(cluster.start())
    asyncio.run(cluster.stop())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def copy_made(made: Path) -> Callable[[Path], None]:
    """Put the home that was made once to another place."""

    def copy(place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", f"{made}/.", str(place)], check=True)

    return copy


@pytest.fixture
def made_home(home: Path, copy_made: Callable[[Path], None]) -> Path:
    """A home with a database in it, not running."""
    copy_made(home)
    return home


class Owner:
    """A program that owns a database or a whole `up`, in a process of its own."""

    def __init__(self, environ: dict[str, str], *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(OWNER), *args],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self.process.pid

    def until(self, beginning: str) -> str:
        """The next line that begins so; all that was said instead, if the program ended."""
        assert self.process.stdout is not None
        said = []
        watchdog = threading.Timer(WATCHDOG, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                said.append(line)
                if line.startswith(beginning):
                    return line.strip()
        finally:
            watchdog.cancel()
        raise AssertionError("".join(said))

    def rest(self) -> list[str]:
        """What it says until its end."""
        try:
            out, _ = self.process.communicate(timeout=WATCHDOG)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return out.splitlines()

    def signal(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)


@pytest.fixture
def owner(home: Path) -> Iterator[Callable[..., Owner]]:
    """Start `owner_program.py` in this home."""
    started: list[Owner] = []

    def start(*args: str, **environ: str) -> Owner:
        started.append(Owner({"COMPTOIR_HOME": str(home), **environ}, *args))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        if each.process.stdout is not None:
            each.process.stdout.close()


@pytest.fixture
def still_running(home: Path) -> Callable[[], list[int]]:
    """Ask which processes of this home live."""
    return lambda: left_over(home)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def zombie() -> Iterator[int]:
    """The pid of a process that has ended and that nobody has asked about yet."""
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process.pid
    process.wait()


@pytest.fixture
def listener() -> Iterator[Callable[[int], None]]:
    """Listen on a port, as another program would."""
    with socket.socket() as taken:

        def listen(port: int) -> None:
            taken.bind(("127.0.0.1", port))
            taken.listen()

        yield listen
