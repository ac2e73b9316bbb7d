"""A page and a list ask the database a fixed number of questions, however much is in it.

The numbers are frozen: one that grows is a loop over rows until somebody says why it is not.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from comptoir import identity
from comptoir.edge.http import PUBLIC
from comptoir.kit import clock, db
from kit import Shop, make_shop
from routes.world import Place, Route, World, routes

# Without begin and commit. A page: 5 of the session, 3 of the frame, and its own.
FROZEN: dict[str, int] = {
    "GET /api/v1/companies": 3,
    "GET /api/v1/companies/{company_id:str}": 3,
    "GET /api/v1/consumers": 3,
    "GET /api/v1/consumers/{consumer_id:str}": 3,
    "GET /api/v1/events": 3,
    "GET /api/v1/merchant-accounts": 3,
    "GET /api/v1/merchant-accounts/{account_id:str}": 3,
    "GET /api/v1/operations/{operation_id:str}": 3,
    "GET /api/v1/operations/{operation_id:str}/possibilities": 6,
    "GET /api/v1/originators": 3,
    "GET /api/v1/originators/{originator_id:str}": 3,
    "GET /api/v1/payments": 5,
    "GET /api/v1/payments/{payment_id:str}": 5,
    "GET /api/v1/payments/{payment_id:str}/operations": 4,
    "GET /api/v1/subscriptions": 3,
    "GET /api/v1/subscriptions/{subscription_id:str}": 3,
    "GET /api/v1/transactions": 3,
    "GET /api/v1/transactions/totals": 7,
    "GET /office/": 16,
    "GET /office/accounts": 10,
    "GET /office/accounts/{account:str}": 12,
    "GET /office/companies": 10,
    "GET /office/companies/{company:str}": 15,
    "GET /office/companies/{company:str}/edit": 10,
    "GET /office/consumers": 10,
    "GET /office/consumers/{consumer:str}": 14,
    "GET /office/consumers/{consumer:str}/edit": 10,
    "GET /office/deliveries": 12,
    "GET /office/deliveries/filter": 8,
    "GET /office/deliveries/{delivery:str}": 11,
    "GET /office/deliveries/{delivery:str}/again": 10,
    "GET /office/developers": 10,
    "GET /office/developers/payment": 15,
    "GET /office/developers/reference": 8,
    "GET /office/developers/requests": 10,
    "GET /office/developers/requests/filter": 8,
    "GET /office/developers/requests/{request_line:str}": 10,
    "GET /office/developers/tests": 8,
    "GET /office/offers": 10,
    "GET /office/offers/new": 10,
    "GET /office/originators": 10,
    "GET /office/originators/new": 8,
    "GET /office/originators/{number:int}": 14,
    "GET /office/originators/{number:int}/accounts": 14,
    "GET /office/originators/{number:int}/edit": 10,
    "GET /office/originators/{number:int}/keys": 10,
    "GET /office/profile": 10,
    "GET /office/profile/password": 8,
    "GET /office/search": 8,
    "GET /office/subscriptions": 12,
    "GET /office/subscriptions/export": 11,
    "GET /office/subscriptions/filter": 8,
    "GET /office/subscriptions/{subscription:str}": 13,
    "GET /office/subscriptions/{subscription:str}/cancel": 13,
    "GET /office/transactions": 12,
    "GET /office/transactions/export": 11,
    "GET /office/transactions/filter": 8,
    "GET /office/transactions/totals": 11,
    "GET /office/transactions/{operation:str}": 25,
    "GET /office/transactions/{operation:str}/cancel": 12,
    "GET /office/transactions/{operation:str}/capture": 12,
    "GET /office/transactions/{operation:str}/credit": 12,
    "GET /office/transactions/{operation:str}/rebill": 12,
    "GET /office/transactions/{operation:str}/refund": 12,
    "GET /office/users": 10,
    "GET /office/users/invite": 10,
    "GET /office/users/{user:str}": 12,
    "GET /office/users/{user:str}/role": 12,
}
MOST = 25  # Of a page that is not in the table yet.
# Sign in, look, write the intention, write the outcome. A follow-up locks what it refers to.
PAYMENT, FOLLOW_UP = 4, 12


@asynccontextmanager
async def counted() -> AsyncIterator[list[str]]:
    """Every statement of the pool's connections, while nobody else asks anything."""
    said: list[str] = []

    def listen(record: Any) -> None:
        if not record.query.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            said.append(record.query)

    pool = db.pool()
    held = [await pool.acquire() for _ in range(pool.get_idle_size())]
    raw = [proxy._con for proxy in held]
    for proxy in held:
        await pool.release(proxy)
    for connection in raw:
        connection.add_query_logger(listen)
    yield said
    for connection in raw:
        connection.remove_query_logger(listen)


def read(world: World) -> list[Route]:
    """Pages and API routes that only read."""
    return [
        r
        for r in routes(world.app)
        if r.method == "GET" and (r.page or r.api) and r.needs != PUBLIC
    ]


async def counts(world: World, shop: Shop, place: Place) -> dict[str, int]:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    found = {}
    for route in read(world):
        allowed = owner.allowed(False) if route.page else identity.KEY_PERMISSIONS
        if route.needs not in allowed:
            continue
        for _ in range(2):  # Once to warm caches and prepare statements.
            async with counted() as said:
                if route.page:
                    answer = await world.ask(route, place, owner)
                else:
                    answer = await shop.get(route.at(place).removeprefix("/api/v1"))
        assert answer.status_code in {200, 303}, f"{route}: {answer.status_code}"
        found[str(route)] = len(said)
    return found


@pytest.fixture
def still() -> Iterator[None]:
    """A session's last use is written down once in a while: not now."""
    clock.hold(clock.now())
    yield
    clock.release()


@pytest.mark.usefixtures("still")
async def test_every_list_and_page_asks_a_fixed_number_of_questions(world: World) -> None:
    shop = world.here.shop
    before = await counts(world, shop, world.here)
    for number in range(6):
        sale = await shop.paid(shopper={"id": f"shopper-{number}"})
        await shop.follow(sale, "refunds", 100)
        await shop.follow(await shop.paid(operation="authorize"), "captures", 10)
    again = await counts(world, shop, world.here)
    assert again == before
    assert {route: before.get(route) for route in FROZEN} == FROZEN
    assert [route for route, number in before.items() if number > MOST] == []


async def test_a_payment_and_a_refund_ask_a_fixed_number_of_questions(world: World) -> None:
    """The payment path: each number is a round trip of every payment ever made.

    The quickest of three counts: now and then a block of numbers is drawn, or a plan made anew.
    """
    shop = await make_shop(world.app)
    paying, following = [], []
    for turn in range(3):
        async with counted() as said:
            sale = await shop.paid(key=f"sale-{turn}", shopper={"email": "ada@shop.example"})
        paying.append(len(said))
        async with counted() as said:
            await shop.follow(sale, "refunds", 1, key=f"refund-{turn}")
        following.append(len(said))
    assert (min(paying), min(following)) == (PAYMENT, FOLLOW_UP)
