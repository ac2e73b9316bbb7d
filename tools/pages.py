"""Every page of the office, for pictures and for accessibility: where it is, what to open on it."""

from dataclasses import dataclass

from playwright.async_api import Page


@dataclass(frozen=True)
class Place:
    """A page. `row` opens the first row of a list; `click` then presses something on the page."""

    name: str
    path: str
    row: str = ""  # A selector of the row to open; "" stays where it is.
    click: str = ""
    stranger: bool = False  # Shown before sign-in.
    platform: bool = False  # Only the provider's staff see it.
    part: str = ""  # Of the record that is opened: what follows its address.

    async def show(self, page: Page, address: str) -> None:
        """Go there and wait for what is opened."""
        await page.goto(address + self.path)
        if self.row:
            rows = page.locator(self.row)
            if await rows.count():
                href = await rows.first.get_attribute("data-href") or ""
                await page.goto(address + href + self.part)
        if self.click and await page.locator(self.click).count():
            await page.locator(self.click).first.click()
            await page.locator("dialog[open], details[open]").first.wait_for()
        await page.mouse.move(700, 2)


ROW = "table[data-rows] tbody tr[data-href]"
PANEL = "a[data-panel]"
CALLBACKS = "/office/deliveries?q=kind:callback"
SALE = "/office/transactions?q=kind:sale+status:succeeded"
PLACES = (
    Place("sign-in", "/office/sign-in", stranger=True),
    Place("forgotten", "/office/forgotten", stranger=True),
    Place("lost-link", "/office/link/nothing-here", stranger=True),
    Place("home", "/office/"),
    Place("home-today", "/office/?period=day"),
    Place("home-month", "/office/?period=month"),
    Place("transactions", "/office/transactions"),
    Place("transactions-filtered", "/office/transactions?q=status:declined,rejected+kind:sale"),
    Place("transactions-filter-menu", "/office/transactions", click=".add-filter > summary"),
    Place("transactions-none", "/office/transactions?q=nothing-is-called-this"),
    Place("transaction", SALE, row=ROW),
    Place("transaction-declined", "/office/transactions?q=status:declined", row=ROW),
    Place("transaction-refund", SALE, row=ROW, click="a[data-panel]"),
    Place("totals", "/office/transactions/totals"),
    Place("subscriptions", "/office/subscriptions"),
    Place("subscriptions-none", "/office/subscriptions?q=state:disabled"),
    Place("subscription", "/office/subscriptions", row=ROW),
    Place("subscription-cancel", "/office/subscriptions?q=state:active", row=ROW, click=PANEL),
    Place("offers", "/office/offers"),
    Place("offer-new", "/office/offers", click=PANEL),
    Place("deliveries", "/office/deliveries"),
    Place("delivery", CALLBACKS, row=ROW),
    Place("delivery-tries", CALLBACKS, row=ROW, click=".exchange > summary"),
    Place("delivery-again", "/office/deliveries", row=ROW, click=PANEL),
    Place("developers", "/office/developers"),
    Place("developers-java", "/office/developers?language=java"),
    Place("developers-payment", "/office/developers", click=PANEL),
    Place("reference", "/office/developers/reference", click=".endpoint > summary"),
    Place("reference-gateway", "/office/developers/reference?api=gateway"),
    Place("test-data", "/office/developers/tests"),
    Place("requests", "/office/developers/requests"),
    Place("requests-none", "/office/developers/requests?q=path:nothing-is-called-this"),
    Place("request", "/office/developers/requests", row=ROW),
    Place("consumers", "/office/consumers"),
    Place("consumer", "/office/consumers", row=ROW),
    Place("consumer-edit", "/office/consumers", row=ROW, click="a[data-panel]"),
    Place("companies", "/office/companies"),
    Place("company", "/office/companies", row=ROW),
    Place("company-edit", "/office/companies", row=ROW, click="a[data-panel]"),
    Place("company-new", "/office/companies/new", platform=True),
    Place("originators", "/office/originators"),
    Place("originator", "/office/originators", row=ROW),
    Place("originator-edit", "/office/originators", row=ROW, click="a[data-panel]"),
    Place("originator-integration", "/office/originators", row=ROW, part="/integration"),
    Place(
        "originator-key",
        "/office/originators",
        row=ROW,
        part="/integration",
        click="a[data-panel][href*='/keys?key=']",
    ),
    Place("originator-page", "/office/originators", row=ROW, part="/page"),
    Place(
        "originator-methods", "/office/originators", row=ROW, part="/page", click="a[data-panel]"
    ),
    Place(
        "originator-behaviour",
        "/office/originators",
        row=ROW,
        part="/page",
        click="a[data-panel][href$='/behaviour']",
    ),
    Place("originator-notifications", "/office/originators", row=ROW, part="/notifications"),
    Place("originator-theme", "/office/originators", row=ROW, part="/theme"),
    Place("accounts", "/office/accounts"),
    Place("account", "/office/accounts", row=ROW),
    Place("account-edit", "/office/accounts", row=ROW, click="a[data-panel]", platform=True),
    Place("users", "/office/users"),
    Place("user", "/office/users", row=ROW),
    Place("user-invite", "/office/users/invite"),
    Place("profile", "/office/profile"),
    Place("profile-password", "/office/profile/password"),
    Place("profile-menu", "/office/", click=".profile > summary"),
    Place("setup", "/office/setup", platform=True),
    Place("not-found", "/office/transactions/op_00000000000000000000000000"),
)
