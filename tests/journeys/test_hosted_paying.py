"""Shoppers in a real browser: pay, confirm at the bank, give up, try again, wait, and come back."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from playwright.async_api import Browser, Page, expect

from comptoir import checkout
from comptoir.checkout.token import token_bytes
from comptoir.kit import clock
from journeys.conftest import Office
from kit import VISA, charges, run_jobs
from kit_wire import Merchant, Wire, merchant

pytestmark = pytest.mark.journey
DECLINED, LOST, BANK_ASKS = "4000000000009995", 91003, "4000000000003220"


@dataclass
class Shop:
    """A shop on the loopback: what browsers brought to it."""

    url: str = ""
    brought: list[dict[str, str]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, prepared: dict[str, Any]) -> dict[str, Any]:
        """The last data that came, decrypted as a shop does it."""
        form = self.brought[-1]
        assert form["customer"] == prepared["customerToken"]
        sealed = token_bytes(form["data"] + "=" * (-len(form["data"]) % 4))
        key = algorithms.AES128(token_bytes(prepared["merchantToken"]))
        opened = Cipher(key, modes.ECB()).decryptor().update(sealed)  # noqa: S305
        found: dict[str, Any] = msgspec.json.decode(opened[: -opened[-1]])
        return found


@asynccontextmanager
async def a_shop() -> AsyncIterator[Shop]:
    shop = Shop()

    async def back(request: web.Request) -> web.Response:
        shop.brought.append({name: str(value) for name, value in (await request.post()).items()})
        shop.came.set()
        return web.Response(text="<h1>Thank you for your order</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/back", back)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}/back?basket=7"
    yield shop
    await runner.cleanup()


@asynccontextmanager
async def an_older_address(shop: Shop) -> AsyncIterator[str]:
    """Where the shop was before: another origin, which sends everybody on."""

    async def moved(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        return web.Response(status=status, headers={"location": shop.url})

    app = web.Application()
    app.router.add_post("/{status}", moved)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """The shop, while the payment page knows its own address."""
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)
    async with a_shop() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def listener(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Merchant]:
    await run_jobs()
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    async with merchant() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def page(office: Office) -> AsyncIterator[Page]:
    """A shopper's phone. What the page complains about fails the test."""
    async for opened in a_phone(office.browser):
        yield opened


async def a_phone(browser: Browser, **more: Any) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", locale="en-GB", **more
    )
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda line: complaints.append(line.text) if "Security Policy" in line.text else None,
    )
    yield opened
    await context.close()
    assert complaints == []


async def prepared(office: Office, shop: Shop, **more: Any) -> dict[str, Any]:
    asked = {"paymentMethod": "CreditCard", "ctrlRedirectURL": shop.url, **more}
    return await Wire(office.shop).prepare(**asked)


async def fill(page: Page, number: str = VISA) -> None:
    await page.get_by_label("Card number").press_sequentially(number)
    await page.get_by_label("Expiry date").press_sequentially("1230")
    await page.get_by_label("Security code").press_sequentially("123")
    await page.get_by_label("Name on the card").fill("Ada Lovelace")


async def open_page(page: Page, office: Office, payment: dict[str, Any]) -> None:
    await page.goto(f"{office.address}/payment/{payment['customerToken']}")


async def pay(page: Page, number: str = VISA) -> None:
    await fill(page, number)
    await page.get_by_role("button", name="Pay €").click()


async def in_shop(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Thank you for your order")).to_be_visible()


async def test_a_card_is_typed_paid_and_the_shop_is_told(page: Page, office: Office, shop: Shop):
    payment = await prepared(office, shop)
    await open_page(page, office, payment)
    await fill(page)
    await expect(page.get_by_label("Card number")).to_have_value("4111 1111 1111 1111")
    await expect(page.get_by_label("Expiry date")).to_have_value("12 / 30")
    await expect(page.locator(".brands .this")).to_have_text("VISA")
    await page.get_by_role("button", name="Pay €15.00").click()
    await expect(page.get_by_role("heading", name="your payment was made")).to_be_visible()
    await in_shop(page)  # By itself, after a few seconds.
    told = shop.told(payment)
    assert (told["status"], told["errorCode"]) == ("Authorized", "000")
    assert told["transactions"][0]["paymentMeanInfo"]["cardNumber"] == "411111XXXXXX1111"


@pytest.mark.parametrize("status", [302, 307])
async def test_a_shop_that_has_moved_sends_its_shoppers_on(
    page: Page, office: Office, shop: Shop, status: int
):
    async with an_older_address(shop) as older:
        payment = await prepared(office, shop, ctrlRedirectURL=f"{older}/{status}")
        await open_page(page, office, payment)
        await pay(page)
        await in_shop(page)
    if status == 307:  # It asks the browser to bring the data along.
        assert shop.told(payment)["status"] == "Authorized"


async def test_a_shopper_may_stay_and_go_back_later(page: Page, office: Office, shop: Shop):
    payment = await prepared(office, shop)
    await open_page(page, office, payment)
    await pay(page)
    await page.get_by_role("button", name="Stay on this page").click()
    await expect(page.get_by_text("taking you back")).to_be_hidden()
    await page.get_by_role("button", name="Back to Journey shop").click()
    await in_shop(page)
    assert shop.told(payment)["status"] == "Authorized"


@pytest.mark.parametrize(
    ("code", "status", "error"), [("1234", "Authorized", "000"), ("0000", "Pending", "001")]
)
async def test_the_bank_asks_its_customer(
    page: Page, office: Office, shop: Shop, code: str, status: str, error: str
):
    payment = await prepared(office, shop, secure3d=True)
    await open_page(page, office, payment)
    await pay(page)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Confirm").click()
    if error == "000":
        await in_shop(page)
    else:
        await expect(page.get_by_role("alert")).to_contain_text("You can try 2 more times")
        await page.get_by_role("button", name="Cancel and go back").click()
        await in_shop(page)
        assert shop.told(payment)["transactions"][0]["resultCode"] == error
        error = "-1"
    told = shop.told(payment)
    assert (told["status"], told["errorCode"]) == (status, error)


async def test_a_suspicious_account_is_asked_and_a_usual_one_is_not(
    page: Page, office: Office, shop: Shop
):
    payment = await prepared(office, shop, shopper={"account": {"suspicious": True}})
    await open_page(page, office, payment)
    await pay(page)
    await expect(page.get_by_role("heading", name="Sandbox bank")).to_be_visible()
    payment = await prepared(office, shop, shopper={"account": {"suspicious": False}})
    await open_page(page, office, payment)
    await pay(page)
    await expect(page.get_by_role("heading", name="your payment was made")).to_be_visible()


async def test_giving_up_tells_the_shop_so(page: Page, office: Office, shop: Shop):
    payment = await prepared(office, shop)
    await open_page(page, office, payment)
    await page.get_by_role("button", name="Cancel and go back").click()
    await in_shop(page)
    told = shop.told(payment)
    assert (told["status"], told["errorCode"]) == ("Not processed", "-1")


async def test_after_a_decline_another_card_pays(page: Page, office: Office, shop: Shop):
    payment = await prepared(office, shop)
    await open_page(page, office, payment)
    await pay(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text("You can try 2 more times")
    assert await page.get_by_label("Card number").input_value() == ""
    await pay(page)
    await in_shop(page)
    told = shop.told(payment)
    assert told["status"] == "Authorized"
    assert [one["resultCode"] for one in told["transactions"]] == ["000", "051"]


async def test_while_an_outcome_is_unknown_nobody_pays_again_and_the_page_shows_the_end(
    page: Page, office: Office, shop: Shop
):
    payment = await prepared(office, shop, amount=LOST)
    await open_page(page, office, payment)
    await pay(page)
    await expect(page.get_by_text("Please do not pay again")).to_be_visible()
    await expect(page.get_by_role("button", name="Pay")).to_have_count(0)
    await open_page(page, office, payment)
    await expect(page.get_by_text("Please do not pay again")).to_be_visible()
    try:
        clock.hold(clock.now())
        await run_jobs(until=clock.now() + timedelta(minutes=20))
    finally:
        clock.release()
    # The page says so and then goes to the shop by itself: a slow machine may see only that.
    ended = re.compile("your payment was made|Thank you for your order")
    await expect(page.get_by_role("heading", name=ended)).to_be_visible()
    await in_shop(page)
    assert shop.told(payment)["status"] == "Authorized"


async def test_a_button_pressed_twice_and_two_browsers_pay_once(
    page: Page, office: Office, shop: Shop
):
    payment = await prepared(office, shop)
    before = await charges(office.shop)
    async for other in a_phone(office.browser):
        for shopper in (page, other):
            await open_page(shopper, office, payment)
            await fill(shopper)
        buttons = [one.get_by_role("button", name="Pay €") for one in (page, other)]
        await asyncio.gather(*(b.dblclick(no_wait_after=True, force=True) for b in buttons))
        await asyncio.gather(in_shop(page), in_shop(other))
    assert await charges(office.shop) == before + 1
    assert {len(one["data"]) > 0 for one in shop.brought} == {True}
    assert len(shop.told(payment)["transactions"]) == 1


async def test_the_callback_and_the_browser_race_and_tell_the_same(
    page: Page, office: Office, shop: Shop, listener: Merchant
):
    payment = await prepared(office, shop, ctrlCallbackURL=listener.url)
    await open_page(page, office, payment)
    await fill(page)

    async def called_back() -> None:
        while not listener.got:
            await run_jobs()
            await asyncio.sleep(0)

    await asyncio.gather(
        page.get_by_role("button", name="Pay €").click(), asyncio.wait_for(called_back(), 30)
    )
    await in_shop(page)
    assert len(listener.got) == 1
    facts = [(one["status"], one["errorCode"]) for one in (listener.got[0], shop.told(payment))]
    assert facts == [("Authorized", "000")] * 2


async def test_everything_works_without_script(office: Office, shop: Shop):
    async for page in a_phone(office.browser, java_script_enabled=False):
        payment = await prepared(office, shop, secure3d=True)
        await open_page(page, office, payment)
        await page.get_by_label("Card number").fill("4111 1111 1111 1112")
        await page.get_by_role("button", name="Pay €").click()
        await expect(page.get_by_text("This is not a card number")).to_be_visible()
        await fill(page)
        await page.get_by_label("Expiry date").fill("12/30")
        await page.get_by_role("button", name="Pay €").click()
        await page.get_by_role("link", name="Go on to your bank").click()
        await page.get_by_label("Code").fill("1234")
        await page.get_by_role("button", name="Confirm").click()
        await page.get_by_role("button", name="Back to Journey shop").click()
        await in_shop(page)
        assert shop.told(payment)["status"] == "Authorized"


async def test_without_script_a_page_that_waits_looks_again_by_itself(office: Office, shop: Shop):
    async for page in a_phone(office.browser, java_script_enabled=False):
        payment = await prepared(office, shop, amount=LOST)
        found = await checkout.find_by_customer_token(payment["customerToken"])
        await Wire(office.shop).pay(payment)
        await open_page(page, office, payment)
        assert found.amount.minor == LOST
        await page.wait_for_url("**?n=1", timeout=15_000)
        await expect(page.get_by_text("Please do not pay again")).to_be_visible()
