"""The checklist of a new installation leads on: no step waits for what cannot be done."""

from routes.test_mode_in_the_address import browser
from routes.world import World


async def test_in_live_mode_the_checklist_offers_the_way_to_test_mode(world: World) -> None:
    staff = world.staff["administrator"]
    await world.look(staff, live=True)
    async with browser(world, staff) as client:
        page = (await client.get("/office/setup")).text
        assert "Switch to test mode" in page
        assert "/office/accounts/new" not in page
        await client.post("/office/mode", data={"live": "false", "csrf": staff.csrf})
        assert "Switch to test mode" not in (await client.get("/office/setup")).text


async def test_a_company_that_was_just_created_is_the_one_looked_at(world: World) -> None:
    staff = world.staff["administrator"]
    await world.look(staff, live=False)
    async with browser(world, staff) as client:
        form = {"name": "First steps", "time_zone": "UTC", "csrf": staff.csrf}
        answer = await client.post("/office/companies/new", data=form)
        assert answer.status_code == 303
        page = (await client.get("/office/originators")).text
    assert "/office/originators/new" in page
    await world.look(staff, live=False)
