"""A demo home of its own: a second server beside the session's, the demo made once in it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from demo_home import DemoHome
from litestar import Litestar

from comptoir import demo
from comptoir.kit import clock
from comptoir.kit.migrate import migrate
from comptoir.settings import Settings
from kit_database import hasty_server, use

NOW = datetime(2026, 5, 14, 10, 20, tzinfo=UTC)  # Summer time began within the ninety days.


@pytest.fixture(scope="module")
def other_database() -> Iterator[str]:
    """A second server of its own home, without data."""
    with hasty_server(migrated=True) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def empty_home(other_database: str, database: str, app: Litestar) -> AsyncIterator[Settings]:
    """A home without data, in place of the session's own database while a module runs."""
    await migrate(other_database)
    await use(other_database, size=4)
    clock.hold(NOW)
    yield Settings(home=Path("/nowhere"), database_url=other_database)
    clock.release()
    await use(database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(empty_home: Settings, app: Litestar) -> DemoHome:
    report = await demo.ensure(empty_home, lambda _: None)
    printed = await demo.describe(empty_home)
    return DemoHome(empty_home, report, printed["users"], printed["originators"], app)
