"""A shop's client of the wire."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from litestar import Litestar

from kit import Shop, run_jobs
from kit_wire import Merchant, Wire, merchant


@pytest.fixture
def wire(shop: Shop) -> Wire:
    return Wire(shop)


@pytest.fixture
def other_wire(other_shop: Shop) -> Wire:
    return Wire(other_shop)


@pytest_asyncio.fixture(loop_scope="session")
async def listener(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Merchant]:
    """A merchant who listens on this machine, as in a demo."""
    await run_jobs()  # A follower that never ran begins at its first look.
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    async with merchant() as found:
        yield found
