"""The key of an originator sees what is its originator's, and asking a gateway is an act."""

from dataclasses import replace
from typing import Any

from comptoir import identity, merchants
from comptoir.kit import db, ids
from kit import Shop, platform_client
from routes.test_mode_in_the_address import browser
from routes.world import World

OTHER_CARD, THIRD_CARD = "4012888888881881", "5555555555554444"


async def sister(shop: Shop) -> Shop:
    """Another originator of the same company."""
    everybody = identity.command_line()
    async with db.transaction(company=shop.company.id) as tx:
        made = await merchants.create_originator(tx, everybody, "Sister", "EUR")
        await merchants.set_route(tx, everybody, made.id, (shop.account.id,), live=False)
        _, secret = await merchants.create_key(tx, everybody, made.id, live=False)
    return replace(shop, originator=made, secret=secret)


async def names(shop: Shop, **asked: Any) -> set[str]:
    return {row["shop_id"] for row in (await shop.get("/consumers", **asked)).json()["data"]}


async def test_a_key_sees_the_consumers_who_paid_at_its_originator(shop: Shop) -> None:
    other = await sister(shop)
    await shop.paid(shopper={"id": "ours", "email": "ours@shop.example"})
    await other.paid(shopper={"id": "theirs", "email": "its@shop.example"}, number=OTHER_CARD)
    for place in (shop, other):
        await place.paid(shopper={"id": "both"}, number=THIRD_CARD)
    added = (await shop.post("/consumers", {"shop_id": "added"})).json()
    assert await names(shop) == {"ours", "both", "added"}
    assert await names(other) == {"theirs", "both"}
    assert await names(other, q="ours@") == set()
    path = f"/consumers/{added['id']}"
    assert (await shop.get(path)).status_code == 200
    assert (await other.get(path)).status_code == 404
    async with other.client as client:
        edited = await client.put(f"/api/v1{path}", json={"name": "Mine now"})
    assert edited.status_code == 404
    staff = await platform_client(shop.app, comptoir_company=ids.typeid("com", shop.company.id))
    every = {row["shop_id"] for row in (await staff.get("/consumers")).json()["data"]}
    assert every == {"ours", "theirs", "both", "added"}
    await staff.aclose()


async def test_a_key_sees_the_events_of_its_own_payments_only(shop: Shop) -> None:
    other = await sister(shop)
    mine, its = await shop.paid(), await other.paid()
    await shop.post("/consumers", {"shop_id": "added"})
    seen = (await shop.get("/events", limit=100)).json()["data"]
    assert {event["payment"] for event in seen} == {mine["payment"]}
    theirs = (await other.get("/events", limit=100)).json()["data"]
    assert {event["payment"] for event in theirs} == {its["payment"]}


async def test_a_platform_key_of_the_office_asks_the_gateway(shop: Shop) -> None:
    lost = (await shop.pay(91_002)).json()
    staff = await platform_client(shop.app, comptoir_company=ids.typeid("com", shop.company.id))
    answer = await staff.post(f"/operations/{lost['id']}/questions")
    assert (answer.status_code, answer.json()["status"]) == (200, "unknown")
    await staff.aclose()


async def test_who_may_only_look_does_not_ask_the_gateway(world: World) -> None:
    asked = "/office/transactions/{operation}/ask".format(**world.here.objects)
    for role, status in (("viewer", 403), ("risk", 403), ("support", 409)):
        person = world.here.people[role]
        await world.look(person, live=False)
        async with browser(world, person) as client:
            assert (await client.get(asked.removesuffix("/ask"))).status_code == 200
            assert (await client.post(asked, data={"csrf": person.csrf})).status_code == status
