"""Fixtures everybody uses: one real PostgreSQL for the session, migrated, and a held clock."""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar

from comptoir import gateways, server, settings
from comptoir.gateways import simulator
from comptoir.kit import background, clock, crypto, db
from comptoir.kit.migrate import migrate
from kit import Shop, make_shop
from kit_database import hasty_server, use

KEEP = "TESTS_KEEP_DATABASES"
_kept = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """One folder of migrated databases for all processes of this run."""
    if KEEP not in os.environ:
        config.stash[_kept] = Path(tempfile.mkdtemp(prefix="comptoir-test-databases-"))
        config.stash[_kept].chmod(0o711)
        os.environ[KEEP] = str(config.stash[_kept])


def pytest_unconfigure(config: pytest.Config) -> None:
    if _kept in config.stash:
        shutil.rmtree(config.stash[_kept], ignore_errors=True)
        del os.environ[KEEP]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker has them left when the others are done."""
    marks = ("journey", "slow")
    long = {item.path for item in items if any(map(item.get_closest_marker, marks))}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in long, -tests[item.path]))


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with hasty_server(migrated=True) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[str]:
    """The migrated database, with the process's pool open on it."""
    await migrate(database_url)
    await db.connect(database_url, size=20)
    yield database_url
    await db.close()


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    with hasty_server(migrated=True) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_database(own_server: str, database: str, app: Litestar) -> AsyncIterator[None]:
    """For files that run jobs on a clock of their own: else they do what all others left to do."""
    await use(own_server)
    yield
    await background.drain()
    await use(database)


@pytest.fixture
def held_clock() -> Iterator[None]:
    """The clock stands still at a known moment; `clock.advance` moves it."""
    clock.hold(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    yield
    clock.release()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(database: str) -> AsyncIterator[Litestar]:
    """The whole application over the session's database, with the sandbox gateway."""
    crypto.load(bytes(range(32)))
    await simulator.connect(database, size=4)
    gateways.register_transport("sandbox", simulator.transport)
    yield server.build(settings.Settings(database_url=database), managed=False)
    await simulator.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(app: Litestar) -> Shop:
    return await make_shop(app)


@pytest_asyncio.fixture(loop_scope="session")
async def other_shop(app: Litestar) -> Shop:
    return await make_shop(app, "Other shop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(app: Litestar) -> AsyncIterator[str]:
    """The application behind a real HTTP server."""
    port = _free_port()
    server = Server(app, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
    running = asyncio.create_task(server.serve())
    await _answers(port)
    yield f"http://127.0.0.1:{port}"
    server.stop()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _answers(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0)
            continue
        writer.close()
        return
