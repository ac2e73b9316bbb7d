"""One world for all batteries: signing in seventeen people costs seconds."""

from collections.abc import AsyncIterator

import pytest_asyncio
from litestar import Litestar

from routes.world import World, build


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(app: Litestar) -> AsyncIterator[World]:
    yield await build(app)
