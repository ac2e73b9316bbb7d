"""An address that leads nowhere keeps the frame of whoever is signed in, with a way on."""

import re

import httpx
import pytest

from comptoir.edge import cookies
from kit import Shop
from routes.test_mode_in_the_address import browser
from routes.world import World

NOWHERE = ("/office/nowhere", "/office/transactions/op_x/nowhere/at/all", "/office/companies/x/y")


@pytest.mark.parametrize("path", NOWHERE)
async def test_somebody_signed_in_keeps_the_frame_and_gets_a_number_to_ask_about(
    world: World, path: str
) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    async with browser(world, owner) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert 'id="nav"' in answer.text
    assert "/office/search" in answer.text
    assert "Go to Home" in answer.text
    assert len(answer.headers["x-request-id"]) == 16
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["content-security-policy"]


async def test_it_speaks_the_language_that_was_asked_for(world: World) -> None:
    owner = world.here.people["owner"]
    async with browser(world, owner) as client:
        spanish = (await client.get("/office/nowhere?lang=es")).text
        french = (await client.get("/office/nowhere?lang=fr")).text
    assert "Aquí no hay nada" in spanish
    assert "Il n’y a rien ici" in french


async def test_a_stranger_learns_no_more_than_that_there_is_nothing(world: World) -> None:
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for cookie in ("", "made-up"):
            headers = {"Cookie": f"{cookies.name()}={cookie}"} if cookie else {}
            answer = await client.get("/office/nowhere", headers=headers)
            assert answer.status_code == 404
            assert 'id="nav"' not in answer.text
            assert re.search(r'class="plain-card"', answer.text)


async def test_a_wrong_method_on_a_page_is_a_page_too(world: World) -> None:
    owner = world.here.people["owner"]
    async with browser(world, owner) as client:
        answer = await client.delete("/office/transactions")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert 'id="nav"' in answer.text


async def test_an_unknown_address_of_the_api_has_a_number_to_ask_about(shop: Shop) -> None:
    answer = await shop.get("/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] != ""


@pytest.mark.parametrize("path", ["/transactionz/x", "/nowhere", "/v2/payment/prepare"])
async def test_an_unknown_address_outside_our_own_is_answered_as_the_wire_is(
    shop: Shop, path: str
) -> None:
    async with shop.client as client:
        for method in ("GET", "POST"):
            answer = await client.request(method, path)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            told = answer.json()
            assert (told["code"], bool(told["message"])) == ("404", True)
