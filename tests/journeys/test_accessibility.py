"""Every page, theme and role: nothing that axe objects to, and nothing wider than a phone."""

import pytest
from playwright.async_api import Page

from comptoir import identity
from comptoir.identity import CompanyRole, PlatformRole
from journeys.conftest import AXE, SECRET, Office, close
from pages import PLACES, Place

pytestmark = pytest.mark.journey
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """async (tags) => {
  const found = await axe.run({ runOnly: tags });
  const where = (v) => v.nodes.map((node) => node.target.join(" ")).join(", ");
  return found.violations.map((v) => `${v.id}: ${where(v)}`);
}"""
PHONE = 390


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
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(LOOK, TAGS)
    return found


def _for(role: str) -> list[Place]:
    return [p for p in PLACES if not p.stranger and (role == "administrator" or not p.platform)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", ["administrator", "owner"])
async def test_axe_objects_to_no_page(office: Office, theme: str, role: str):
    page = await office.enter(email=await a_person(office, role), theme=theme, csp=False)
    found: dict[str, list[str]] = {}
    for place in _for(role):
        await place.show(page, office.address)
        found[place.name] = await violations(page)
    await close(page.context)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_objects_to_nothing_before_sign_in(office: Office, theme: str):
    context = await office.browser.new_context(
        bypass_csp=True, color_scheme="dark" if theme == "dark" else "light"
    )
    page = await context.new_page()
    for place in (p for p in PLACES if p.stranger):
        await place.show(page, office.address)
        assert (place.name, await violations(page)) == (place.name, [])
    await close(context)


@pytest.mark.parametrize("role", ["administrator", "viewer"])
async def test_no_page_scrolls_sideways_on_a_phone(office: Office, role: str):
    page = await office.enter(email=await a_person(office, role), width=PHONE)
    wide: list[str] = []
    seen = [p for p in _for(role) if role == "administrator" or not (p.click or "user" in p.name)]
    for place in [p for p in seen if role == "administrator" or "account" not in p.name]:
        await place.show(page, office.address)
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE:
            wide.append(f"{place.name}: {width}")
    await close(page.context)
    assert wide == []


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
