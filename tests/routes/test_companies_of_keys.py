"""A platform key on every address of the API: what needs a company names the header, not a page."""

from kit import platform_client
from routes.world import World, routes

OPEN = {"list_companies", "list_originators", "list_accounts", "list_consumers", "list_payments"}


async def test_no_answer_to_a_program_speaks_of_a_page(world: World) -> None:
    async with await platform_client(world.app) as platform:
        needed = set()
        for route in routes(world.app):
            if not route.api:
                continue
            path = route.at(world.here).removeprefix("/api/v1")
            body = None if route.method == "GET" else route.filled(world.here)
            answer = await platform.request(route.method, path, json=body)
            assert "top of the page" not in answer.text, route
            if answer.status_code == 400 and answer.json()["code"] == "company_needed":
                needed.add(route.handler.fn.__name__)
    assert {"get_consumer", "create_key", "set_options", "list_events"} <= needed
    assert needed.isdisjoint(OPEN)
