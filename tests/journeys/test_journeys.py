"""The main journeys of a clerk, in a real browser: sign in, find, refund once, use the keyboard."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from journeys.conftest import Office

pytestmark = pytest.mark.journey


async def open_sale(page: Page, office: Office, amount: int) -> str:
    """Pay, find the sale by its order in the search box, open it; its number."""
    paid = (await office.shop.pay(amount)).json()
    search = page.get_by_role("searchbox", name="Search everything")
    await search.fill(str(paid["number"]))
    await search.press("Enter")
    await page.wait_for_url(f"**/transactions/{paid['id']}*")
    return str(paid["number"])


async def refunds(office: Office, number: str) -> list[dict[str, object]]:
    """The refunds that the payment of a transaction really has."""
    sale = (await office.shop.get(f"/operations/{number}")).json()
    asked = {"q": f"payment:{sale['payment']} kind:refund"}
    rows: list[dict[str, object]] = (await office.shop.get("/transactions", **asked)).json()["data"]
    return rows


async def test_a_wrong_password_is_refused_in_place_and_says_what_happens(office: Office):
    context = await office.browser.new_context()
    page = await context.new_page()
    await page.goto(f"{office.address}/office/sign-in")
    await page.get_by_label("E-mail").fill(office.email)
    await page.get_by_label("Password", exact=True).fill("Not-the-password-1")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#problem")).to_contain_text("not right")
    await expect(page.get_by_label("E-mail")).to_have_value(office.email)
    await context.close()


async def test_a_link_leads_there_after_signing_in(office: Office):
    context = await office.browser.new_context()
    page = await context.new_page()
    await page.goto(f"{office.address}/office/transactions?q=status:succeeded")
    assert "/office/sign-in" in page.url
    await page.get_by_label("E-mail").fill(office.email)
    await page.get_by_label("Password", exact=True).fill("Counting-house-7")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/office/transactions?q=status*")
    await context.close()


async def test_a_transaction_is_found_refunded_in_part_and_shows_what_is_left(
    page: Page, office: Office
):
    number = await open_sale(page, office, 5000)
    await page.get_by_role("link", name="Refund").click()
    panel = page.get_by_role("dialog", name="Refund")
    await panel.get_by_label("Amount").fill("12.00")
    await expect(panel.locator("[data-left]")).to_have_text("38.00")
    await panel.get_by_label("Reason").fill("Returned one item")
    await panel.get_by_role("button", name="Refund").click()
    await expect(page.get_by_role("dialog").get_by_text("Accepted")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await expect(page.locator("#record")).to_contain_text("Partly refunded")
    await expect(page.locator("#record")).to_contain_text("Refund of 12.00 EUR: accepted")
    assert [row["amount"] for row in await refunds(office, number)] == [1200]


async def test_a_double_click_refunds_once(page: Page, office: Office):
    number = await open_sale(page, office, 2599)
    await page.get_by_role("link", name="Refund").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Refund")
    await button.dblclick(no_wait_after=True)
    await expect(page.get_by_role("dialog").get_by_text("Accepted")).to_be_visible()
    assert len(await refunds(office, number)) == 1


async def test_the_same_form_sent_five_times_at_once_refunds_once(page: Page, office: Office):
    number = await open_sale(page, office, 1500)
    await page.get_by_role("link", name="Refund").click()
    form = page.get_by_role("dialog").locator("form")
    fields = await form.evaluate("form => Object.fromEntries(new FormData(form))")
    address = await form.evaluate("form => form.action")
    send = page.context.request.post
    answers = await asyncio.gather(*(send(address, form=fields) for _ in range(5)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert 200 in {answer.status for answer in answers}
    assert len(await refunds(office, number)) == 1


async def test_too_much_is_refused_with_what_is_left_and_the_form_stays(page: Page, office: Office):
    await open_sale(page, office, 1000)
    await page.get_by_role("link", name="Refund").click()
    panel = page.get_by_role("dialog", name="Refund")
    await panel.get_by_label("Amount").fill("99.00")
    await panel.get_by_role("button", name="Refund").click()
    await expect(panel.locator("#panel-problem")).to_contain_text("10.00 EUR is left")
    await expect(panel.get_by_label("Amount")).to_have_value("99.00")


async def test_filters_live_in_the_address_and_back_works(page: Page, office: Office):
    await page.goto(f"{office.address}/office/transactions")
    await page.locator(".add-filter > summary").click()
    await page.locator(".filter-kind", has_text="Operation").locator("summary").click()
    await page.get_by_label("Authorisation", exact=True).check()
    await page.locator(".filter-kind[open]").get_by_role("button", name="Apply").click()
    await expect(page.locator(".chip")).to_contain_text("Authorisation")
    assert "kind%3Aauthorize" in page.url
    rows = page.locator("table.data tbody tr")
    await expect(rows.first).to_contain_text("Authorisation")
    await page.get_by_role("link", name="Remove the filter Operation").click()
    await expect(page.locator(".chip")).to_have_count(0)
    await page.go_back()
    await expect(page.locator(".chip")).to_contain_text("Authorisation")


async def test_the_list_works_by_keyboard_alone(page: Page, office: Office):
    await page.goto(f"{office.address}/office/transactions")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    here = page.locator("tr.at")
    await expect(here).to_have_count(1)
    wanted = await here.get_attribute("data-href")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{wanted}*")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search everything")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_new_key_is_shown_once(page: Page, office: Office):
    await page.goto(
        f"{office.address}/office/originators/{office.shop.originator.number}/integration"
    )
    before = await page.get_by_role("table", name="API keys").locator("tbody tr").count()
    await page.get_by_role("link", name="Make a key").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make the key").click()
    secret = await page.locator(".secret code").inner_text()
    assert secret.startswith("test_")
    await page.get_by_role("button", name="I have it").click()
    rows = page.get_by_role("table", name="API keys").locator("tbody tr")
    await expect(rows).to_have_count(before + 1)
    await page.reload()
    assert secret not in await page.content()


async def test_theme_and_density_change_at_once_and_are_remembered(page: Page, office: Office):
    await page.goto(f"{office.address}/office/profile")
    look = page.locator("form.form-sheet[data-look]")
    async with page.expect_response("**/profile/look"):
        await look.get_by_label("Dark").check()
    async with page.expect_response("**/profile/look"):
        await look.get_by_label("Compact").check()
    await page.reload()
    html = page.locator("html")
    await expect(html).to_have_attribute("data-bs-theme", "dark")
    await expect(html).to_have_attribute("data-density", "compact")
    async with page.expect_response("**/profile/look"):
        await look.get_by_label("System").check()
