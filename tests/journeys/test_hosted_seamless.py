"""The payment page in a shop's own page: mounted by our script, paid in a frame, told outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import FrameLocator, Page, expect

from comptoir.hosted import assets
from comptoir.kit import clock
from journeys.conftest import Office, close
from kit import run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.journey
# As the shops' modules write it: the options in the place, the script after it.
SHOP = """<!doctype html><html lang="en"><title>Basket</title><h1>Basket</h1>
<div id="here"><script type="application/json">
{{"onPaymentResult": "paid", "language": "fr", "externalPaymentButton": "order",
  "hideCardHolderName": {hides}}}</script></div>
<button id="order">Place the order</button>
<script>const told = []; function paid(result) {{ told.push(result); }}</script>
<script async src="{script}" integrity="{mark}" crossorigin="anonymous" data-mount-in="#here">
</script>"""
LOST, DECLINED = 91003, "4000000000009995"


@pytest_asyncio.fixture(loop_scope="session")
async def basket() -> AsyncIterator[dict[str, str]]:
    """A shop's page; what it loads is put into the dictionary before it is opened."""
    told: dict[str, str] = {}

    async def shown(_: web.Request) -> web.Response:
        return web.Response(text=SHOP.format_map(told), content_type="text/html")

    app = web.Application()
    app.router.add_get("/basket", shown)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}/basket"
    yield told
    await runner.cleanup()


async def prepared(office: Office, basket: dict[str, str], **more: Any) -> dict[str, Any]:
    asked = {"paymentMethod": "CreditCard", "ctrlRedirectURL": basket["url"], **more}
    payment = await Wire(office.shop).prepare(**asked)
    place = f"{office.address}/payment/{payment['customerToken']}"
    basket["script"] = f"{place}/connect2pay-seamless-v{assets.SEAMLESS_VERSION}.js"
    basket["mark"] = assets.libraries()[0][1]
    basket.setdefault("hides", "false")
    return payment


@asynccontextmanager
async def at_the_basket(office: Office, basket: dict[str, str]) -> AsyncIterator[Page]:
    context = await office.browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(basket["url"])
    yield page
    await close(context)


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("#here iframe")


async def fill(page: Page, number: str = "4111111111111111") -> None:
    frame = inside(page)
    await frame.locator("#card-number").fill(number)
    await frame.locator("#card-expiry").fill("12/30")
    await frame.locator("#card-code").fill("123")
    holder = frame.locator("#card-holder")
    if await holder.is_visible():
        await holder.fill("Ada Lovelace")
    await page.get_by_role("button", name="Place the order").click()


async def told(page: Page, status: int) -> dict[str, Any]:
    """The last news, which has this status code."""
    await page.wait_for_function("s => told.length && told.at(-1).statusCode === s", arg=status)
    found: dict[str, Any] = await page.evaluate("told.at(-1)")
    return found


@pytest.fixture
def public(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("back", [True, False])
async def test_a_card_is_paid_in_a_frame_and_the_shops_page_is_told(
    office: Office, basket: dict[str, str], back: bool
):
    """With an address to go back to or without one."""
    payment = await prepared(office, basket, **({} if back else {"ctrlRedirectURL": None}))
    async with at_the_basket(office, basket) as page:
        await expect(inside(page).get_by_role("button", name="Payer")).to_be_hidden()
        await fill(page)
        ended = inside(page).get_by_role("heading", name="votre paiement est effectué")
        await expect(ended).to_be_visible()
        news = await told(page, 200)
        about = (await Wire(office.shop).status(payment))["transactions"][0]
        named = ("transactionID", "paymentID", "resultCode", "resultMessage")
        assert news["transaction"] == {name: about[name] for name in named}
        assert (news["status"], news["errorCode"], news["final"]) == ("Authorized", "000", True)
        assert page.url == basket["url"]


@pytest.mark.usefixtures("public")
async def test_each_refusal_is_told_and_the_last_one_is_final(
    office: Office, basket: dict[str, str]
):
    await prepared(office, basket, ctrlRedirectURL=None)
    async with at_the_basket(office, basket) as page:
        for final in (False, False, True):
            await fill(page, DECLINED)
            await page.wait_for_function("f => told.length && told.at(-1).final === f", arg=final)
            await expect(inside(page).locator("[role=alert], .headline.bad")).to_be_visible()
            news = await told(page, 402)
            assert news["transaction"]["resultCode"] == "051"
            await page.evaluate("told.length = 0")
        assert news["status"] == "Not authorized"


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("back", [True, False])
async def test_giving_up_is_told(office: Office, basket: dict[str, str], back: bool):
    await prepared(office, basket, **({} if back else {"ctrlRedirectURL": None}))
    async with at_the_basket(office, basket) as page:
        await expect(inside(page).locator("#card-number")).to_be_visible()
        await inside(page).locator(".give-up button").click()
        news = await told(page, 499)
        assert (news["errorCode"], news["final"]) == ("-1", True)
        assert "resultCode" not in news["transaction"]
        await expect(inside(page).locator(".headline")).to_be_visible()
        shrunk = "document.querySelector('#here iframe').clientHeight < 500"
        await page.wait_for_function(shrunk)


@pytest.mark.usefixtures("public")
async def test_an_expired_payment_is_told(office: Office, basket: dict[str, str]):
    await prepared(office, basket, ctrlRedirectURL=None, timeOut="PT1H")
    try:
        clock.hold(clock.now() + timedelta(hours=2))
        async with at_the_basket(office, basket) as page:
            news = await told(page, 410)
            assert (news["status"], news["final"]) == ("Expired", True)
            await expect(inside(page).locator("h1")).to_be_visible()
    finally:
        clock.release()


@pytest.mark.usefixtures("public")
async def test_an_outcome_in_doubt_is_told_and_then_its_end(office: Office, basket: dict[str, str]):
    await prepared(office, basket, ctrlRedirectURL=None, amount=LOST)
    async with at_the_basket(office, basket) as page:
        await fill(page)
        news = await told(page, 202)
        assert (news["status"], news["final"]) == ("Pending", False)
        await expect(inside(page).locator("[data-busy]")).to_be_visible()
        try:
            clock.hold(clock.now())
            await run_jobs(until=clock.now() + timedelta(minutes=20))
        finally:
            clock.release()
        assert (await told(page, 200))["final"] is True


@pytest.mark.usefixtures("public")
async def test_the_bank_is_seen_in_the_whole_window(office: Office, basket: dict[str, str]):
    await prepared(office, basket, secure3d=True)
    async with at_the_basket(office, basket) as page:
        await fill(page)
        await inside(page).get_by_role("link").first.click()
        await page.wait_for_url("**/sandbox/acs/**")
        await page.locator("[name=code]").fill("1234")
        await page.locator("button.btn-primary").click()
        ended = page.get_by_role("heading", name="votre paiement est effectué")
        await expect(ended).to_be_visible()
        await expect(page.locator(".order")).to_be_visible()


@pytest.mark.usefixtures("public")
async def test_a_shop_without_an_address_to_come_back_to_keeps_its_page_while_the_bank_asks(
    office: Office, basket: dict[str, str]
):
    await prepared(office, basket, secure3d=True, ctrlRedirectURL=None)
    async with at_the_basket(office, basket) as page:
        await fill(page)
        async with page.context.expect_page() as opened:
            await inside(page).get_by_role("link").first.click()
        bank = await opened.value
        await bank.locator("[name=code]").fill("1234")
        await bank.locator("button.btn-primary").click()
        await expect(bank.get_by_text("Vous pouvez fermer cette page")).to_be_visible()
        assert (await told(page, 200))["status"] == "Authorized"
        assert page.url == basket["url"]


@pytest.mark.usefixtures("public")
async def test_a_name_that_the_shop_knows_is_not_asked_for_again_if_it_wishes_so(
    office: Office, basket: dict[str, str]
):
    basket["hides"] = "true"
    await prepared(office, basket)
    async with at_the_basket(office, basket) as page:
        await expect(inside(page).locator("#card-number")).to_be_visible()
        await expect(inside(page).locator("#card-holder")).to_be_hidden()
        await fill(page)
        await told(page, 200)


@pytest.mark.usefixtures("public")
async def test_a_frame_that_stays_empty_leads_to_the_page_and_is_told(
    office: Office, basket: dict[str, str]
):
    """Another shop's page cannot hold it: neither the page nor the shopper is left in the dark."""
    await prepared(office, basket, ctrlRedirectURL="https://shop.example/back")
    async with at_the_basket(office, basket) as page:
        assert (await told(page, 503))["status"] == "Not shown"
        await expect(page.locator("#here iframe")).to_be_hidden()
        await page.get_by_role("link", name="Ouvrir la page de paiement").click()
        await expect(page.locator("#card-number")).to_be_visible()
        await expect(page.locator(".order")).to_be_visible()


@pytest.mark.usefixtures("public")
async def test_the_first_page_that_asks_is_the_shops(office: Office, basket: dict[str, str]):
    await prepared(office, basket, ctrlRedirectURL=None)
    async with at_the_basket(office, basket) as page:
        await expect(inside(page).locator("#card-number")).to_be_visible()
        await page.goto(basket["url"].replace("127.0.0.1", "localhost"))
        await told(page, 503)
