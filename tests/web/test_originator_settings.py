"""An originator's settings in the office: what is chosen there is what shops and shoppers get."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from comptoir import checkout, identity, merchants
from comptoir.edge import cookies
from comptoir.identity import CompanyRole
from comptoir.kit import clock, db, ids
from kit import Shop
from routes.world import Person, sign_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass
class Desk:
    """Somebody of the shop at the pages of its originator."""

    shop: Shop
    person: Person
    client: httpx.AsyncClient

    @property
    def base(self) -> str:
        return f"/office/originators/{self.shop.originator.number}"

    async def see(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(self.base + path, params=params)

    async def read(self, path: str, **params: Any) -> str:
        answer = await self.see(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, path: str, files: Any = None, **form: Any) -> httpx.Response:
        data = {"csrf": self.person.csrf, **form}
        return await self.client.post(self.base + path, data=data, files=files)

    async def saved(self, path: str, files: Any = None, **form: Any) -> str:
        """A form that is taken; the address that follows it."""
        answer = await self.send(path, files, **form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def account(self) -> dict[str, Any]:
        """What a shop's module is told."""
        async with self.shop.client as client:
            found: dict[str, Any] = (await client.get("/account?apiVersion=002.73")).json()
        return found


async def at_desk(shop: Shop, role: str = CompanyRole.OWNER) -> Desk:
    person = await sign_in(role, role=role, company_id=shop.company.id)
    await identity.switch_mode(person.session, False)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=shop.app),  # type: ignore[arg-type]
        base_url="http://testserver",
        headers={"Cookie": f"{cookies.name()}={person.token}"},
    )
    return Desk(shop, person, client)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(shop: Shop) -> AsyncIterator[Desk]:
    made = await at_desk(shop)
    async with made.client:
        yield made


BEHAVIOUR = {"default_operation": "sale", "three_ds": "honor", "max_attempts": "3"}
LOOK = {
    "name": "Summer", "shop_name": "Brisa", "primary_colour": "#7a1f5c",
    "background": "#fffaf2", "text_colour": "#221a20", "radius": "14",
}  # fmt: skip


async def test_the_addresses_to_copy_are_the_ones_that_answer(desk: Desk) -> None:
    page = await desk.read("/integration")
    copied = re.findall(r'<code>(http[^<]+)</code><button type="button" class="copy"', page)
    roots = [url.removeprefix("http://127.0.0.1:8400") for url in copied]
    assert roots == ["", "/gateway/", "/api/v1", "/payment"]
    async with desk.shop.client as client:
        assert (await client.get(f"{roots[0]}/account")).json()["name"]
        told = (await client.get(f"{roots[1]}transaction/1")).json()
        assert told["errorCode"] == "312"
        assert (await client.get(f"{roots[2]}/originators")).status_code == 200


async def test_a_rolled_key_works_beside_the_new_one_for_the_chosen_time(desk: Desk) -> None:
    async with db.transaction(company=desk.shop.company.id) as tx:
        old = (await merchants.list_keys(tx, desk.shop.originator.id))[0]
    answer = await desk.send("/keys", key=ids.typeid("key", old.id), overlap="168")
    assert answer.status_code == 200
    assert "test_" in answer.text
    assert "Expiring" in await desk.read("/integration")
    assert (await desk.shop.get("/originators")).status_code == 200
    async with db.transaction(company=desk.shop.company.id) as tx:
        standing = {key.id: key for key in await merchants.list_keys(tx, old.originator_id)}
    until = standing[old.id].expires_at
    assert until is not None
    assert timedelta(days=6, hours=23) < until - clock.now() <= timedelta(days=7)


async def test_an_overlap_that_is_not_offered_is_refused(desk: Desk) -> None:
    async with db.transaction(company=desk.shop.company.id) as tx:
        old = ids.typeid("key", (await merchants.list_keys(tx, desk.shop.originator.id))[0].id)
    assert (await desk.send("/keys", key=old, overlap="9999")).status_code == 422


async def test_the_chosen_methods_are_offered_in_their_order(desk: Desk) -> None:
    await desk.saved("/page/methods", methods=["alipay", "", "card"])
    page = await desk.read("/page")
    assert page.index("Alipay</td>") < page.index("Card</td>")
    assert re.search(r"not offered:.*WeChat Pay", page, re.DOTALL)
    told = (await desk.account())["paymentMethods"]
    assert [one["paymentMethod"] for one in told] == ["Alipay", "CreditCard"]
    assert (await desk.send("/page/methods", methods=["cash"])).status_code == 422


async def test_what_the_account_says_is_edited_here(desk: Desk) -> None:
    await desk.saved(
        "/page/behaviour", default_operation="authorize", three_ds="always", max_attempts="5",
        display_terms="true", terms_url="https://brisa.example/terms",
        support_url="https://brisa.example/help",
    )  # fmt: skip
    await desk.saved(
        "/notifications/edit", sender_name="Brisa", sender_email="shop@brisa.example",
        notify_failure="true", notify_merchant="true", notify_merchant_to="till@brisa.example",
        notify_merchant_language="es",
    )  # fmt: skip
    told = await desk.account()
    assert {name: told[name] for name in told if name not in {"paymentMethods", "themes"}} == {
        "apiVersion": "002.73", "name": desk.shop.originator.name, "displayTerms": True,
        "termsUrl": "https://brisa.example/terms", "supportUrl": "https://brisa.example/help",
        "maxAttempts": 5, "notificationSenderName": "Brisa",
        "notificationSenderEmail": "shop@brisa.example", "notificationOnSuccess": False,
        "notificationOnFailure": True, "merchantNotification": True,
        "merchantNotificationTo": "till@brisa.example", "merchantNotificationLang": "es",
    }  # fmt: skip
    card = told["paymentMethods"][0]
    assert (card["defaultOperation"], card["options"][0]["value"]) == ("authorize", "force")


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/page/behaviour", {**BEHAVIOUR, "max_attempts": "21"}, "max_attempts"),
        ("/page/behaviour", {**BEHAVIOUR, "three_ds": "perhaps"}, "three_ds"),
        ("/page/behaviour", {**BEHAVIOUR, "display_terms": "true"}, "terms_url"),
        ("/page/behaviour", {**BEHAVIOUR, "support_url": "javascript:alert(1)"}, "support_url"),
        ("/notifications/edit", {"sender_email": "nobody"}, "sender_email"),
        ("/notifications/edit", {"notify_merchant": "true"}, "notify_merchant_to"),
        ("/integration/server", {"duplicate_seconds": "90000"}, "duplicate_seconds"),
        ("/theme", {**LOOK, "text_colour": "#b0a0a8"}, "text_colour"),
        ("/theme", {**LOOK, "background": "paper"}, "background"),
    ],
)
async def test_a_wrong_value_is_named_where_it_stands(
    desk: Desk, path: str, form: dict[str, str], field: str
) -> None:
    place = {"HX-Request": "true", "HX-Target": "panel-body"}
    desk.client.headers.update(place)
    answer = await desk.send(path, **form)
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.text
    assert await desk.account()  # And nothing was changed.
    async with db.transaction(company=desk.shop.company.id) as tx:
        assert await checkout.get_profile(tx, desk.shop.originator.id) == checkout.Profile()


async def test_duplicates_and_callbacks_are_set_for_the_servers(desk: Desk) -> None:
    await desk.saved("/integration/server", duplicate_seconds="90")
    page = await desk.read("/integration")
    assert "refused for 90 seconds" in page
    assert "sent once only" in page


async def test_a_theme_is_saved_and_told_to_the_shop(desk: Desk) -> None:
    assert (await desk.account())["themes"][0]["themeId"] == 0
    where = await desk.saved("/theme", **LOOK)
    number = int(where.partition("theme=")[2])
    told = (await desk.account())["themes"]
    assert [(one["themeId"], one["name"]) for one in told] == [(number, "Summer")]
    assert "#7a1f5c" in await desk.read("/theme", theme=number)


async def test_the_preview_is_the_payment_page_in_the_drafted_colours(desk: Desk) -> None:
    draft = {"primary_colour": "#115522", "shop_name": "Brisa & Sons"}
    page = await desk.see("/theme/preview", **draft)
    assert page.status_code == 200, page.text
    assert "Brisa &amp; Sons" in page.text
    assert 'autocomplete="cc-number"' in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text  # The frame would refuse it, with an error on each load.
    style = re.search(r'href="(/office/[^"]+/theme/style[^"]*)"', page.text)
    assert style is not None
    css = await desk.client.get(style[1].replace("&amp;", "&"))
    assert "--pay-primary:#115522" in css.text
    assert (await desk.account())["themes"][0]["themeId"] == 0  # A draft is kept nowhere.


async def test_a_draft_with_nonsense_shows_what_can_be_read(desk: Desk) -> None:
    css = await desk.read("/theme/style", primary_colour="}x{", radius="99", background="#eee")
    assert "--pay-primary:#0b5fcc" in css
    assert "--pay-background:#eeeeee" in css


async def test_the_contrast_is_told_while_colours_are_chosen(desk: Desk) -> None:
    part = await desk.read("/theme/contrast", text_colour="#999999")
    assert "2.84 : 1" in part
    assert part.count("tone-declined") == 1


async def test_a_logo_is_taken_shown_and_removed(desk: Desk) -> None:
    where = await desk.saved("/theme/logo", files={"logo": ("logo.png", PNG, "image/png")})
    number = where.partition("theme=")[2]
    shown = await desk.see("/theme/logo", theme=number)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    await desk.saved("/theme/logo", files={"logo": ("", b"")}, theme=number, remove="1")
    assert (await desk.see("/theme/logo", theme=number)).status_code == 404


async def test_a_logo_that_is_none_is_refused(desk: Desk) -> None:
    svg = {"logo": ("logo.png", b"<svg/>", "image/png")}
    assert (await desk.send("/theme/logo", files=svg)).status_code == 422
    large = {"logo": ("logo.png", PNG + b"\0" * 200_000, "image/png")}
    assert (await desk.send("/theme/logo", files=large)).status_code == 422
    assert (await desk.send("/theme/logo")).status_code == 422


async def test_a_second_theme_becomes_the_usual_one_and_the_first_is_retired(desk: Desk) -> None:
    first = int((await desk.saved("/theme", **LOOK)).partition("theme=")[2])
    second = int((await desk.saved("/themes/new", name="Winter")).partition("theme=")[2])
    await desk.saved("/themes/main", theme=str(second))
    assert [one["themeId"] for one in (await desk.account())["themes"]] == [second, first]
    assert (await desk.send("/themes/retire", theme=str(second))).status_code == 409
    await desk.saved("/themes/retire", theme=str(first))
    assert [one["themeId"] for one in (await desk.account())["themes"]] == [second]


async def test_every_change_stands_in_the_time_line(desk: Desk) -> None:
    await desk.saved("/theme", **LOOK)
    await desk.saved("/integration/server", duplicate_seconds="90")
    await desk.send("/keys")
    page = await desk.read("")
    assert "Theme edited" in page
    assert "API key made" in page
    assert "Settings of payments edited" in page


async def test_who_may_only_look_is_offered_no_change(shop: Shop) -> None:
    viewer = await at_desk(shop, CompanyRole.VIEWER)
    async with viewer.client:
        for path in ("", "/integration", "/page", "/notifications"):
            page = await viewer.read(path)
            assert "data-panel" not in page
            assert "Make a key" not in page
        assert (await viewer.see("/theme")).status_code == 403
        assert (await viewer.send("/theme", **LOOK)).status_code == 403
