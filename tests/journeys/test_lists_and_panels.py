"""What a clerk relies on all day: what a list exports, where one comes back to, what asks first."""

import re

import pytest
from playwright.async_api import Page, expect

from comptoir import merchants
from comptoir.kit import db
from journeys.conftest import Office

pytestmark = pytest.mark.journey


async def filtered(page: Page, office: Office, text: str) -> None:
    """Type a query into the list, which changes in place."""
    await page.goto(f"{office.address}/office/transactions")
    box = page.get_by_role("searchbox", name="Search this list")
    await box.fill(text)
    await box.press("Enter")
    await expect(page.locator(".chip")).to_have_count(1)


async def test_an_export_is_of_the_rows_that_are_shown(page: Page, office: Office):
    await filtered(page, office, "status:declined")
    shown = re.search(r" of (\d+)", await page.locator(".pager-count").inner_text())
    assert shown
    export = page.get_by_role("link", name="Export")
    await expect(export).to_contain_text(shown[1])
    async with page.expect_download() as asked:
        await export.click()
    lines = (await (await asked.value).path()).read_text().splitlines()
    assert len(lines) > 1
    assert all("declined" in line for line in lines[1:])


async def test_a_query_that_cannot_be_read_leaves_list_and_keyboard_where_they_were(
    page: Page, office: Office
):
    await filtered(page, office, "status:declined")
    box = page.get_by_role("searchbox", name="Search this list")
    await expect(box).to_be_focused()
    await box.fill("amount:>abc")
    await box.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("cannot be read")
    await expect(page.locator("#results.busy")).to_have_count(0)
    await expect(box).to_be_focused()
    await box.fill("status:declined")
    await box.press("Enter")
    await expect(page.locator("#problem")).to_be_empty()


async def test_the_way_back_leads_to_the_list_as_it_was_left(page: Page, office: Office):
    await filtered(page, office, "status:declined")
    await page.locator("table.data tbody tr a").first.click()
    await page.wait_for_url("**/transactions/op_*")
    await page.get_by_role("link", name="Transactions").last.click()
    await expect(page.locator(".chip")).to_contain_text("Declined")


async def test_an_originator_chosen_at_the_top_narrows_the_list_and_keeps_its_filters(
    page: Page, office: Office
):
    async with db.transaction(company=office.shop.company.id) as tx:
        other = await merchants.create_originator(tx, office.shop.actor(), "Second shop", "EUR")
    await filtered(page, office, "status:declined")
    switcher = page.locator("#switch-originator")
    await switcher.select_option(str(other.number))
    await expect(page.get_by_text("No transaction matches")).to_be_visible()
    assert f"originator={other.number}" in page.url
    await expect(page.locator(".chip")).to_contain_text("Declined")
    await switcher.select_option("")
    await expect(page.locator("table.data tbody tr").first).to_contain_text("Declined")


async def test_a_key_is_revoked_only_after_saying_what_stops(page: Page, office: Office):
    await page.goto(
        f"{office.address}/office/originators/{office.shop.originator.number}/integration"
    )
    await page.get_by_role("link", name="Make a key").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make the key").click()
    await page.get_by_role("button", name="I have it").click()
    rows = page.get_by_role("table", name="API keys").locator("tbody tr")
    hint = await rows.first.locator("code").inner_text()
    newest = rows.filter(has_text=hint)  # Revoked keys stand below the others.
    await newest.get_by_role("link", name="Revoke").click()
    panel = page.get_by_role("dialog")
    await expect(panel).to_contain_text("can take no payments")
    await page.keyboard.press("Escape")
    await expect(newest).to_contain_text("Active")
    await newest.get_by_role("link", name="Revoke").click()
    await panel.get_by_role("button", name="Revoke the key").click()
    await expect(newest).to_contain_text("Revoked")


async def test_the_keyboard_returns_to_the_page_after_a_refund(page: Page, office: Office):
    paid = (await office.shop.pay(3300)).json()
    await page.goto(f"{office.address}/office/transactions/{paid['id']}")
    await page.get_by_role("link", name="Refund").click()
    await expect(page.get_by_label("Amount")).to_be_focused()
    await page.keyboard.type("3.00")  # The whole amount is marked, so typing replaces it.
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_text("Accepted")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Refund")).to_be_focused()
    await expect(page.locator("#record")).to_contain_text("Refund of 3.00 EUR: accepted")
