"""A copied link shows a colleague the same world: live or test is part of the address."""

import httpx

from comptoir.edge import cookies
from routes.world import Person, World


def browser(world: World, person: Person) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]
        base_url="http://testserver",
        cookies={cookies.name(): person.token},
    )


async def test_a_link_that_says_the_mode_opens_in_that_mode(world: World) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    async with browser(world, owner) as client:
        page = await client.get("/office/transactions", params={"mode": "live"})
        assert 'data-mode="live"' in page.text
        assert 'data-mode="live"' in (await client.get("/office/transactions")).text
        partial = await client.get("/office/transactions?mode=test", headers={"HX-Request": "true"})
        assert partial.status_code == 200
        assert 'data-mode="live"' in (await client.get("/office/transactions")).text


async def test_the_switch_wins_over_what_the_old_address_said(world: World) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=True)
    async with browser(world, owner) as client:
        answer = await client.post(
            "/office/mode",
            data={
                "live": "false",
                "back": "/office/transactions?q=a&mode=live",
                "csrf": owner.csrf,
            },
        )
    assert answer.headers["location"] == "/office/transactions?q=a"
