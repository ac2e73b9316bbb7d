"""An originator's settings by API: what a PATCH names changes, the rest stays."""

import base64
from typing import Any

import httpx
import pytest
import pytest_asyncio

from comptoir import merchants
from comptoir.kit import db, ids
from kit import Shop, platform_client

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode()


class Api:
    """The provider's key, at one originator."""

    def __init__(self, shop: Shop, client: httpx.AsyncClient) -> None:
        self.shop = shop
        self.client = client
        self.base = f"/originators/{ids.typeid('ori', shop.originator.id)}"

    async def ask(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        return await self.client.request(method, f"{self.base}{path}", json=body)

    async def done(self, method: str, path: str = "", body: Any = None) -> dict[str, Any]:
        answer = await self.ask(method, path, body)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def office(shop: Shop) -> Api:
    company = ids.typeid("com", shop.company.id)
    client = await platform_client(shop.app, comptoir_company=company)
    return Api(shop, client)


async def test_what_is_left_out_stays(office: Api) -> None:
    made = await office.done("PATCH", "", {"default_operation": "authorize"})
    assert (made["default_operation"], made["name"]) == ("authorize", "Shop online")
    assert made["currencies"] == ["EUR", "JPY", "KWD"]


async def test_settings_are_read_and_changed(office: Api) -> None:
    before = await office.done("GET", "/settings")
    told = {"methods": ["wechat", "card"], "three_ds": "never", "terms_url": "https://a.example/t"}
    after = await office.done("PATCH", "/settings", told)
    assert after == {**before, **told}
    assert (await office.done("PATCH", "/settings", {"terms_url": None}))["terms_url"] is None
    assert await office.done("GET", "/settings") == {**after, "terms_url": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0}, {"three_ds": "maybe"}, {"methods": ["cash"]},
        {"methods": ["card", "card"]}, {"terms_url": "ftp://a.example"}, {"colour": "red"},
        {"display_terms": True},
    ],
)  # fmt: skip
async def test_what_is_no_setting_is_refused(office: Api, wrong: dict[str, Any]) -> None:
    assert (await office.ask("PATCH", "/settings", wrong)).status_code in {400, 422}


async def test_themes_are_made_changed_and_chosen(office: Api) -> None:
    assert (await office.done("GET", "/themes"))["data"][0]["id"] == 0
    main = await office.done("PATCH", "/themes/0", {"primary_colour": "#7a1f5c", "logo": PNG})
    assert (main["main"], main["logo_type"]) == (True, "image/png")
    second = await office.done("POST", "/themes", {"name": "Winter"})
    assert second["primary_colour"] == "#7a1f5c"
    chosen = await office.done("PATCH", f"/themes/{second['id']}", {"radius": 2, "main": True})
    assert (chosen["main"], chosen["radius"]) == (True, 2)
    listed = (await office.done("GET", "/themes"))["data"]
    assert [(one["id"], one["main"]) for one in listed] == [
        (second["id"], True), (main["id"], False),
    ]  # fmt: skip


async def test_colours_that_cannot_be_read_are_refused(office: Api) -> None:
    answer = await office.ask("PATCH", "/themes/0", {"text_colour": "#999999"})
    assert answer.status_code == 422
    assert "2.84 to 1" in answer.json()["detail"]
    assert (await office.ask("PATCH", "/themes/0", {"logo": "*"})).status_code in {400, 422}


async def test_a_key_is_rolled_with_an_overlap(office: Api) -> None:
    shop = office.shop
    async with db.transaction(company=shop.company.id) as tx:
        old = (await merchants.list_keys(tx, shop.originator.id))[0]
    path = f"/keys/{ids.typeid('key', old.id)}/roll"
    fresh = await office.done("POST", path, {"hours": 1})
    assert fresh["secret"].startswith("test_")
    assert (await shop.get("/originators")).status_code == 200
    listed = (await office.done("GET", "/keys"))["data"]
    assert {one["hint"]: one["expires_at"] is None for one in listed} == {
        old.hint: False, fresh["secret"][-4:]: True,
    }  # fmt: skip
    assert "secret" not in listed[0]


async def test_the_key_of_a_shop_reads_settings_and_changes_none(shop: Shop) -> None:
    path = f"/originators/{ids.typeid('ori', shop.originator.id)}"
    assert (await shop.get(f"{path}/settings")).status_code == 200
    async with shop.client as client:
        answer = await client.patch(f"/api/v1{path}/settings", json={"max_attempts": 9})
    assert answer.status_code == 403
