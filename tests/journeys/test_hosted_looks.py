"""Every payment page, in both themes: nothing that axe objects to, nothing wider than a phone."""

import pytest
from playwright.async_api import Page, expect

from journeys.conftest import Office, close
from journeys.test_accessibility import PHONE, WIDE, violations
from kit_wire import Wire
from payment_pages import NOWHERE, SCENES, Scene, link

pytestmark = pytest.mark.journey


async def faults(page: Page, name: str) -> list[str]:
    await page.set_viewport_size(WIDE)
    found = await violations(page)
    await page.set_viewport_size(PHONE)
    width = await page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        found.append(f"{width} pixels wide on a phone")
    return [f"{name}: {text}" for text in found]


async def show(page: Page, office: Office, scene: Scene) -> None:
    asked = {name: value for name, value in scene.body("A-1024").items() if value is not None}
    answer = await Wire(office.shop).post("/payment/prepare", asked)
    await scene.show(page, link(office.address, answer))


async def test_axe_objects_to_no_payment_page_and_none_is_wider_than_a_phone(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)
    context = await office.browser.new_context(bypass_csp=True, reduced_motion="reduce")
    page = await context.new_page()
    wrong: list[str] = []
    for scene in SCENES:
        await show(page, office, scene)
        wrong += await faults(page, scene.name)
    await page.goto(office.address + NOWHERE)
    wrong += await faults(page, "nowhere")
    await close(context)
    assert wrong == []


async def test_a_card_is_paid_by_keyboard_alone(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", office.address)
    context = await office.browser.new_context(locale="en-GB")
    page = await context.new_page()
    await show(page, office, Scene("keyboard"))
    await page.get_by_label("Card number").focus()
    for text in ("4111111111111111", "1230", "123"):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="your payment was made")).to_be_visible()
    await close(context)


async def test_the_page_stays_light(office: Office):
    context = await office.browser.new_context()
    page = await context.new_page()
    sizes: list[int] = []

    async def weigh(response: object) -> None:
        sizes.append(len(await response.body()))  # type: ignore[attr-defined]

    page.on("response", weigh)
    await show(page, office, SCENES[0])
    await page.wait_for_load_state("networkidle")
    await close(context)
    assert len(sizes) <= 5
    assert sum(sizes) < 60_000, sizes
