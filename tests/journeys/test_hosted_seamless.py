"""The payment page in a shop's own page: mounted by our script, paid in a frame, told outside."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from comptoir.hosted import assets
from journeys.conftest import Office, close
from kit_wire import Wire

pytestmark = pytest.mark.journey
SHOP = """<!doctype html><html lang="en"><title>Basket</title><h1>Basket</h1><div id="here"></div>
<script>function paid(result) {{ document.title = JSON.stringify(result); }}</script>
<script src="{script}" integrity="{mark}" crossorigin="anonymous" data-mount-in="#here">
{{"onPaymentResult": "paid", "language": "fr"}}</script>"""


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
    payment = await Wire(office.shop).prepare(
        paymentMethod="CreditCard", ctrlRedirectURL=basket["url"], **more
    )
    place = f"{office.address}/payment/{payment['customerToken']}"
    basket["script"] = f"{place}/connect2pay-seamless-v{assets.SEAMLESS_VERSION}.js"
    basket["mark"] = assets.libraries()[0][1]
    return payment


async def fill(page: Page) -> None:
    frame = page.frame_locator("#here iframe")
    await frame.locator("#card-number").fill("4111111111111111")
    await frame.locator("#card-expiry").fill("12/30")
    await frame.locator("#card-code").fill("123")
    await frame.locator("#card-holder").fill("Ada Lovelace")
    await frame.get_by_role("button", name="Payer").click()


async def test_a_card_is_paid_in_a_frame_and_the_shops_page_is_told(
    office: Office, basket: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)
    payment = await prepared(office, basket)
    context = await office.browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(basket["url"])
    await fill(page)
    frame = page.frame_locator("#here iframe")
    await expect(frame.get_by_role("heading", name="votre paiement est effectué")).to_be_visible()
    told = (await Wire(office.shop).status(payment))["transactions"][0]
    words = f'"transactionID":"{told["transactionID"]}","paymentID":"{told["paymentID"]}"'
    await page.wait_for_function("words => document.title.includes(words)", arg=words)
    assert page.url == basket["url"]
    await close(context)


async def test_the_bank_is_seen_in_the_whole_window(
    office: Office, basket: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)
    await prepared(office, basket, secure3d=True)
    context = await office.browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(basket["url"])
    await fill(page)
    await page.frame_locator("#here iframe").get_by_role("link").first.click()
    await page.wait_for_url("**/sandbox/acs/**")
    await page.locator("[name=code]").fill("1234")
    await page.locator("button.btn-primary").click()
    await expect(page.get_by_role("heading", name="votre paiement est effectué")).to_be_visible()
    await expect(page.locator(".order")).to_be_visible()
    await close(context)


async def test_another_shops_page_cannot_hold_the_frame(office: Office, basket: dict[str, str]):
    payment = await Wire(office.shop).prepare(
        paymentMethod="CreditCard", ctrlRedirectURL="https://shop.example/back"
    )
    place = f"{office.address}/payment/{payment['customerToken']}"
    basket["script"] = f"{place}/connect2pay-seamless-v{assets.SEAMLESS_VERSION}.js"
    basket["mark"] = assets.libraries()[0][1]
    context = await office.browser.new_context()
    page = await context.new_page()
    async with page.expect_console_message(lambda line: "frame-ancestors" in line.text):
        await page.goto(basket["url"])
    await close(context)
