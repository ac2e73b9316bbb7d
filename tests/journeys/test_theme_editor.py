"""A merchant gives the payment page its look, and sees it while choosing."""

from playwright.async_api import Page, expect

from journeys.conftest import Office


async def test_the_preview_follows_what_is_chosen_and_the_contrast_is_told(
    page: Page, office: Office
):
    await page.goto(f"{office.address}/office/originators/{office.shop.originator.number}/page")
    await page.get_by_role("link", name="Edit the theme").first.click()
    preview = page.frame_locator("#preview")
    button = preview.get_by_role("button", name="Pay €48.00")
    await expect(button).to_be_visible()
    await page.get_by_label("Primary colour", exact=True).fill("#7a1f5c")
    await expect(button).to_have_css("background-color", "rgb(122, 31, 92)")
    await page.get_by_label("Name of the shop").fill("Brisa & Sons")
    await expect(preview.get_by_text("Brisa & Sons").first).to_be_visible()
    await page.get_by_label("Text", exact=True).fill("#bbbbbb")
    await expect(page.locator("#contrast")).to_contain_text("1.91 : 1")
    await page.get_by_role("button", name="Save the theme").click()
    beside = page.locator(".field", has=page.get_by_label("Text", exact=True))
    await expect(beside).to_contain_text("by 1.91 to 1; 4.5 to 1 is needed")
    await expect(page.get_by_label("Text", exact=True)).to_be_focused()
    await page.get_by_label("Text", exact=True).fill("#1a1f29")
    await page.get_by_role("button", name="Save the theme").click()
    await expect(page.get_by_text("The theme was saved")).to_be_visible()
    await expect(button).to_have_css("background-color", "rgb(122, 31, 92)")


async def test_nothing_on_the_preview_can_be_sent(page: Page, office: Office):
    base = f"{office.address}/office/originators/{office.shop.originator.number}/theme"
    await page.goto(base)
    preview = page.frame_locator("#preview")
    await preview.get_by_label("Card number").fill("4111 1111 1111 1111")
    await preview.get_by_role("button", name="Pay €48.00").click()
    await expect(preview.get_by_label("Card number")).to_have_value("4111 1111 1111 1111")


async def test_without_script_a_button_shows_the_draft(office: Office):
    signed_in = await office.enter()
    state = await signed_in.context.storage_state()
    context = await office.browser.new_context(java_script_enabled=False, storage_state=state)
    page = await context.new_page()
    base = f"{office.address}/office/originators/{office.shop.originator.number}/theme"
    await page.goto(base)
    await page.get_by_label("Primary colour", exact=True).fill("#115522")
    await page.get_by_role("button", name="Preview").click()
    button = page.frame_locator("#preview").get_by_role("button", name="Pay €48.00")
    await expect(button).to_have_css("background-color", "rgb(17, 85, 34)")
    await context.close()
    await signed_in.context.close()
