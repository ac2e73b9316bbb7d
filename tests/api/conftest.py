"""The application behind a real HTTP server, with a key of each kind."""

from dataclasses import dataclass

import pytest_asyncio
from litestar import Litestar

from comptoir import identity, merchants
from comptoir.identity import PlatformRole
from comptoir.kit import db, ids
from kit import Shop, make_shop
from kit_wire import a_subscription


@dataclass
class Door:
    """Where the API answers, whose shop it is, and the keys that open it."""

    url: str
    shop: Shop
    objects: dict[str, str]
    key: tuple[str, str]
    platform: tuple[str, str]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def door(app: Litestar, address: str) -> Door:
    """One for thousands of strange requests."""
    return await build(app, address)


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_door(app: Litestar, address: str) -> Door:
    return await build(app, address)


async def build(app: Litestar, url: str) -> Door:
    shop = await make_shop(app, "Open shop")
    sale = await shop.paid(200_000, operation="authorize", shopper={"id": "ada"})
    consumer = (await shop.get("/consumers")).json()["data"][0]["id"]
    _, secret = await identity.create_platform_key(
        identity.command_line(), "Tests", PlatformRole.ADMINISTRATOR
    )
    async with db.transaction(company=shop.company.id) as tx:
        key_of_shop = (await merchants.list_keys(tx, shop.originator.id))[0]
    objects = {
        "key_id": ids.typeid("key", key_of_shop.id),
        "theme_id": "0",
        "subscription_id": (await a_subscription(shop))["id"],
        "operation_id": sale["id"],
        "payment_id": sale["payment"],
        "consumer_id": consumer,
        "company_id": ids.typeid("com", shop.company.id),
        "originator_id": ids.typeid("ori", shop.originator.id),
        "account_id": ids.typeid("acc", shop.account.id),
    }
    key = (str(shop.originator.number), shop.secret)
    return Door(url, shop, objects, key, ("platform", secret))
