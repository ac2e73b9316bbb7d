"""Fixtures everybody uses: one real PostgreSQL for the session, migrated, and a held clock."""

import asyncio
import contextlib
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar

from comptoir import gateways, server, settings, supervisor
from comptoir.gateways import simulator
from comptoir.kit import clock, crypto, db
from comptoir.kit.migrate import migrate
from kit import Shop, make_shop

# Durability is proven where servers are killed; elsewhere the tests would only wait for the disk.
HASTE = "fsync = off\nfull_page_writes = off\n"


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The embedded server in a temporary home; the same binaries as the product finds."""
    home = Path(tempfile.mkdtemp(prefix="comptoir-tests-"))
    home.chmod(0o711)
    cluster = supervisor.Cluster(home, settings.Settings(home=home))
    asyncio.run(cluster.start())
    asyncio.run(cluster.stop())
    (cluster.data / "own.conf").write_text(HASTE)
    url = asyncio.run(cluster.start())
    try:
        yield url
    finally:
        asyncio.run(cluster.stop())
        shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[str]:
    """The migrated database, with the process's pool open on it."""
    await migrate(database_url)
    await db.connect(database_url, size=20)
    yield database_url
    await db.close()


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
