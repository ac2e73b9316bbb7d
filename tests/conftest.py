"""Fixtures everybody uses: one real PostgreSQL for the session, migrated, and a held clock."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
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
