"""Where the demo is not made."""

from collections.abc import AsyncIterator

import pytest_asyncio

from comptoir import demo, merchants
from comptoir.kit import db
from comptoir.settings import Settings
from kit import Shop


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def no_demo_home(shop: Shop) -> AsyncIterator[None]:
    """The session's home, which other tests may have called a demo home."""
    provider = await merchants.get_provider()
    await merchants.set_provider(provider.name, demo=False)
    yield
    await merchants.set_provider(provider.name, demo=provider.demo)


async def test_a_home_with_data_of_its_own_is_left_alone(shop: Shop) -> None:
    await shop.paid()
    before = await merchants.list_companies(shop.actor())
    report = await demo.ensure(Settings(), lambda _: None)
    assert (report.made, report.operations) == (False, 0)
    assert await merchants.list_companies(shop.actor()) == before
    async with db.platform() as tx:
        assert not await tx.value("select exists (select from payment where source = 'demo')")


async def test_sign_ins_and_keys_are_printed_in_a_demo_home_only(shop: Shop) -> None:
    assert await demo.describe(Settings()) == {"users": [], "originators": []}
