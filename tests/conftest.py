"""Fixtures everybody uses: one real PostgreSQL for the session, migrated, and a held clock."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar

from comptoir import gateways, server, settings
from comptoir.gateways import simulator
from comptoir.kit import clock, crypto, db
from comptoir.kit.migrate import migrate
from kit import Shop, make_shop
from kit_database import hasty_server


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
