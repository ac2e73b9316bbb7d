"""Deliveries in the back office, and what the page of a prepared payment shows of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir import checkout
from comptoir.kit import clock
from kit import Shop, run_jobs
from kit_office import Clerk, clerk
from kit_wire import Merchant, Wire, merchant
from routes.test_query_counts import counted

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
PATH = "/office/deliveries"
CALLBACKS = "kind:callback"  # A shopper's receipt is a delivery too.
PREPARED = 28  # Questions of the page of a prepared payment.
CART = [{"cartProductName": "Tea", "cartProductUnitPrice": 7.5, "cartProductQuantity": 2}]


@pytest_asyncio.fixture(loop_scope="session")
async def listener(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Merchant]:
    await run_jobs()  # A follower that never ran begins at its first look.
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    async with merchant() as found:
        yield found


async def told(shop: Shop, listener: Merchant, **more: Any) -> str:
    """A paid payment whose shop was told; the transaction's number."""
    _, number = await Wire(shop).paid(ctrlCallbackURL=listener.url, **more)
    await run_jobs()
    return number


def links(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('<tr data-href="')[1:]]


async def the_operation(who: Clerk, number: str) -> str:
    page = await who.page("/office/transactions", q=f"number:{number}")
    return await who.page(links(page)[0])


async def test_the_list_is_filtered_by_state_recipient_tries_and_payment(
    shop: Shop, listener: Merchant
) -> None:
    listener.answers.append((500, b"no"))
    number = await told(shop, listener)
    await told(shop, listener)
    who = await clerk(shop, "developer")
    assert len(links(await who.page(PATH, q=CALLBACKS))) == 2
    (waiting,) = links(await who.page(PATH, q=f"{CALLBACKS} state:waiting"))
    for query, found in {
        "recipient:127.0.0.1": 2, "recipient:elsewhere.example": 0, number: 1, "tries:1": 2,
        "tries:>1": 0, "tries:1..2 state:delivered": 1, "127.0.0.1": 2, "to:2026-03-01": 0,
        "-state:waiting": 1, f'recipient:"{listener.url}"': 2,
    }.items():  # fmt: skip
        assert len(links(await who.page(PATH, q=f"{CALLBACKS} {query}"))) == found, query
    page = await who.page(waiting)
    assert "HTTP 500" in page
    assert "Next try" in page


async def test_a_failed_one_is_sent_again_by_who_may(shop: Shop, listener: Merchant) -> None:
    listener.answers.extend([(500, b"no")])
    await told(shop, listener)
    viewer = await clerk(shop, "viewer")
    who = await clerk(shop, "support")
    (address,) = links(await who.page(PATH, q=CALLBACKS))
    assert (await viewer.ask("GET", PATH)).status_code == 403
    assert (await viewer.send(f"{address}/again")).status_code == 403
    assert "told once more" in await who.page(f"{address}/again")
    answer = await who.send(f"{address}/again")
    assert answer.status_code == 200
    assert "record-changed" in answer.headers["hx-trigger"]
    await checkout.sweep_callbacks()
    await run_jobs()
    page = await who.page(address)
    assert "Delivered" in page
    assert page.count('class="exchange"') == 2
    assert len(listener.got) == 2


async def test_another_company_s_delivery_looks_absent(
    shop: Shop, other_shop: Shop, listener: Merchant
) -> None:
    await told(other_shop, listener)
    theirs, mine = await clerk(other_shop), await clerk(shop)
    (address,) = links(await theirs.page(PATH, q=CALLBACKS))
    for method, path in (("GET", address), ("GET", f"{address}/again")):
        assert (await mine.ask(method, path)).status_code == 404
    assert (await mine.send(f"{address}/again")).status_code == 404
    assert links(await mine.page(PATH)) == []


async def test_the_page_of_a_prepared_payment_shows_all_that_the_shop_said(
    shop: Shop, listener: Merchant
) -> None:
    number = await told(
        shop, listener,
        order={"id": "CART-1", "shippingType": "02", "cartContent": CART, "discount": 250,
               "description": "Two teas"},
        shopper={"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                 "city": "Paris", "account": {"age": "05", "suspicious": False}},
        shipping={"name": "Ada at work", "city": "Lyon"}, ctrlCustomData="basket <7>",
    )  # fmt: skip
    page = await the_operation(await clerk(shop), number)
    for text in (
        "CART-1", "02 · to a verified address", "2.50\u00a0EUR", "Tea", "7.5", "Two teas", "Paris",
        "05 · more than 60 days", "Ada at work", "Lyon", "basket &lt;7&gt;", "002.73",
        "The shop prepared the payment", "The shopper pressed Pay", "203.0.113.7",
        "Deliveries and notifications", listener.url, "Acknowledged", "Send again", "1 of 3",
    ):  # fmt: skip
        assert text in page, text
    assert "merchantToken" not in page or "[redacted]" in page


async def test_the_page_of_a_prepared_payment_asks_a_fixed_number_of_questions(
    shop: Shop, listener: Merchant
) -> None:
    """Three more than any other payment: steps, deliveries and all their tries."""
    numbers = []
    for tries in (0, 3):
        listener.answers.extend([(500, b"no")] * tries)
        number = await told(shop, listener)
        for _ in range(tries):
            await run_jobs(until=clock.now() + timedelta(hours=1))
        who = await clerk(shop)
        address = links(await who.page("/office/transactions", q=f"number:{number}"))[0]
        for _ in range(2):  # Once to warm caches and prepare statements.
            async with counted() as said:
                await who.page(address)
        numbers.append(len(said))
    assert numbers == [PREPARED, PREPARED]


async def test_who_may_not_see_deliveries_sees_the_rest(shop: Shop, listener: Merchant) -> None:
    number = await told(shop, listener)
    page = await the_operation(await clerk(shop, "viewer"), number)
    assert "The shopper pressed Pay" in page
    assert "Deliveries and notifications" not in page
    assert listener.url not in page


async def test_a_payment_that_began_a_subscription_leads_to_it(shop: Shop) -> None:
    _, number = await Wire(shop).paid(
        subscriptionType="infinite", rebillAmount=100, rebillPeriod="P1M"
    )
    page = await the_operation(await clerk(shop), number)
    assert "/office/subscriptions/sub_" in page
