"""Every page, theme and role: nothing that axe objects to, and nothing wider than a phone."""

import pytest
from playwright.async_api import Page, ViewportSize

from comptoir import identity
from comptoir.identity import CompanyRole, PlatformRole
from journeys.conftest import AXE, SECRET, Office, close
from pages import PLACES, Place

pytestmark = pytest.mark.journey
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]  # All that a theme can change.
# An open menu is looked at alone: what it half covers is looked at on the page without it.
LOOK = """async (only) => {
  const menu = document.querySelector("details.drop[open] > .drop-menu");
  const found = await axe.run(menu || document, { runOnly: only });
  const where = (v) => v.nodes.map((node) => node.target.join(" ")).join(", ");
  return found.violations.map((v) => `${v.id}: ${where(v)}`);
}"""
VIEWED = {"home", "transactions", "transaction", "consumer", "company", "originator", "profile"}
WIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)


async def a_person(office: Office, role: str) -> str:
    """The address of somebody with this role, made when first asked for."""
    email = f"{role}@journey.example"
    known = await identity.find_by_email(identity.command_line(), email)
    if known is None:
        staff = role in set(PlatformRole) and role == "administrator"
        await identity.create_user(
            identity.command_line(), email=email, name=f"Ada {role.title()}", password=SECRET,
            role=None if staff else CompanyRole(role), must_change_password=False,
            company_id=None if staff else office.shop.company.id,
            platform_role=PlatformRole(role) if staff else None,
        )  # fmt: skip
    return email


async def violations(page: Page) -> list[str]:
    """What axe objects to: everything in the light theme, then the colours of the dark one."""
    await page.emulate_media(color_scheme="light")
    await page.evaluate(AXE.read_text())
    light = await page.evaluate(LOOK, {"type": "tag", "values": TAGS})
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(LOOK, {"type": "rule", "values": COLOURS})
    return [f"light {text}" for text in light] + [f"dark {text}" for text in dark]


def _for(role: str) -> list[Place]:
    """Pages that this role may open; a viewer differs on those where others find buttons."""
    inside = [p for p in PLACES if not p.stranger]
    if role == "administrator":
        return inside
    allowed = [p for p in inside if not p.platform]
    return allowed if role == "owner" else [p for p in allowed if p.name in VIEWED]


async def faults(page: Page, place: Place, address: str) -> list[str]:
    """One visit: axe in both themes, then on a phone, and the width there."""
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(WIDE)
    await place.show(page, address)
    found = await violations(page)
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="light")
    narrow = await page.evaluate(LOOK, {"type": "tag", "values": TAGS})
    found += [f"phone {text}" for text in narrow]
    width = await page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        found.append(f"{width} pixels wide on a phone")
    return [f"{place.name}: {text}" for text in found]


@pytest.mark.parametrize("role", ["administrator", "owner", "viewer"])
async def test_axe_objects_to_no_page_and_none_is_wider_than_a_phone(office: Office, role: str):
    page = await office.enter(email=await a_person(office, role), csp=False)
    wrong: list[str] = []
    for place in _for(role):
        wrong += await faults(page, place, office.address)
    await close(page.context)
    assert wrong == []


async def test_axe_objects_to_nothing_before_sign_in(office: Office):
    context = await office.browser.new_context(bypass_csp=True, reduced_motion="reduce")
    page = await context.new_page()
    wrong: list[str] = []
    for place in (p for p in PLACES if p.stranger):
        wrong += await faults(page, place, office.address)
    await close(context)
    assert wrong == []


async def test_a_page_allows_no_script_or_style_of_its_own(office: Office):
    page = await office.enter()
    answer = await page.goto(f"{office.address}/office/transactions")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    await page.evaluate("document.body.setAttribute('onclick', 'window.broken = true')")
    await page.locator("h1").click()
    assert await page.evaluate("window.broken") is None
    await close(page.context)
