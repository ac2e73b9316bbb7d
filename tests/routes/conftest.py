"""One world for all batteries: signing in seventeen people costs seconds."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir.kit import background, clock, db, mail
from routes.world import World, build


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def built(app: Litestar, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    outbox = tmp_path_factory.mktemp("outbox")
    mail.configure(outbox=outbox, smtp_url=None, sender="comptoir@office.example")
    yield await build(app)
    await background.drain()


@pytest_asyncio.fixture(loop_scope="session")
async def world(built: World) -> World:
    """Nobody of it was idle for fifteen minutes, however long the tests before took."""
    async with db.platform() as tx:
        await tx.run("update session set seen_at = $1 where ended_at is null", clock.now())
    return built
