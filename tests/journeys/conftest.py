"""A browser and a server of the application under test, for the journeys."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from comptoir import identity, merchants
from comptoir.identity import CompanyRole
from kit import Shop, make_shop

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"
SECRET = "Counting-house-7"

expect.set_options(timeout=30_000)  # Milliseconds: what is true is seen at once, on any machine.


@dataclass
class Office:
    """A running office with one company, somebody who works there, and a browser."""

    address: str
    browser: Browser
    shop: Shop
    email: str

    async def enter(
        self, *, email: str = "", theme: str = "light", width: int = 1440, csp: bool = True
    ) -> Page:
        """A signed-in page. `csp=False` lets axe be put into pages that allow no scripts."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900 if width > 500 else 844},
            bypass_csp=not csp,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await sign_in(page, self.address, email or self.email)
        return page


async def sign_in(page: Page, address: str, email: str) -> None:
    await page.goto(f"{address}/office/sign-in")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password", exact=True).fill(SECRET)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(re.compile(r"/office/(\?.*)?$"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as player:
        started = await player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(app: Litestar, address: str, browser: Browser) -> Office:
    """A shop with a few payments, its owner, and a demo home: a second factor is offered only."""
    await merchants.set_provider("Counting house", demo=True)
    shop = await make_shop(app, "Journey shop")
    email = "owner@journey.example"
    await identity.create_user(
        identity.command_line(), email=email, name="Ada Owner", password=SECRET,
        role=CompanyRole.OWNER, company_id=shop.company.id, must_change_password=False,
    )  # fmt: skip
    shopper = {"email": "ana@example.com", "name": "Ana Pereira", "id": "c-1", "country": "PT"}
    for amount in (1500, 2599, 5000):
        assert (await shop.pay(amount, shopper=shopper)).status_code == 201
    assert (await shop.pay(90_051, shopper=shopper)).json()["result_code"] == "051"
    await shop.pay(5500, operation="authorize", shopper=shopper)
    return Office(address, browser, shop, email)


@pytest_asyncio.fixture(loop_scope="session")
async def page(office: Office) -> AsyncIterator[Page]:
    """The owner, signed in; whatever the page complains about fails the test."""
    entered = await office.enter()
    complaints: list[str] = []
    entered.on("pageerror", lambda error: complaints.append(str(error)))
    yield entered
    await close(entered.context)
    assert complaints == []


async def close(context: BrowserContext) -> None:
    await context.close()
