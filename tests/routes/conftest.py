"""One world for all batteries: signing in seventeen people costs seconds."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir.kit import background, mail
from routes.world import World, build


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(app: Litestar, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    outbox = tmp_path_factory.mktemp("outbox")
    mail.configure(outbox=outbox, smtp_url=None, sender="comptoir@office.example")
    yield await build(app)
    await background.drain()
