"""Every route of the app, for everybody: a stranger, another company, a missing permission.

The routes come from the application itself: a new one is tried here on the day it is added.
"""

import httpx
import litestar
import pytest
from litestar import Litestar

from comptoir.edge.http import PUBLIC, guard, undeclared
from comptoir.identity import KEY_PERMISSIONS, Permission, PlatformRole, of_platform_key
from kit import platform_client
from routes.world import Person, Place, Route, World, routes

MODES = [False, True]
# What belongs to one mode: with the other one it is not there.
OF_A_MODE = {
    "operation", "operation_id", "payment", "payment_id", "consumer", "consumer_id", "account",
    "account_id", "key", "subscription", "subscription_id", "delivery", "offer",
    "request_line",
}  # fmt: skip
# What a browser or a gateway calls without anybody being signed in.
PUBLIC_PATHS = (
    "/", "/api", "/healthz", "/readyz", "/metrics", "/hooks/", "/sandbox/", "/office/sign-in",
    "/office/forgotten", "/office/link/", "/office/static/",
)  # fmt: skip
# The root belongs to the paths that PayXpert's clients expect, and to the hosted page.
OURS = {"", "office", "api", "hooks", "sandbox", "healthz", "readyz", "metrics"}
# These end the session or turn it elsewhere; identity's own tests press them.
TURNS = {"POST /office/sign-out", "POST /office/mode", "POST /office/scope",
         "POST /office/profile/sessions/end"}  # fmt: skip


def closed(app: Litestar) -> list[Route]:
    """Pages and API that need a permission."""
    return [r for r in routes(app) if (r.page or r.api) and r.needs != PUBLIC]


def test_every_route_declares_what_it_needs(app: Litestar) -> None:
    known = set(Permission) | {PUBLIC}
    assert [str(r) for r in routes(app) if r.needs not in known] == []
    assert len(closed(app)) > 80


async def test_a_route_that_declares_nothing_is_named_and_lets_nobody_in() -> None:
    @litestar.get("/forgotten", include_in_schema=False)
    async def forgotten() -> str:
        return "inside"

    app = Litestar([forgotten], guards=[guard], openapi_config=None)
    assert [name for name in undeclared(app) if "forgotten" in name]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.get("/forgotten")
    assert answer.status_code == 500
    assert "inside" not in answer.text


def test_only_what_must_be_is_open_to_everybody(app: Litestar) -> None:
    for route in routes(app):
        if route.needs != PUBLIC or is_wire(route):
            continue
        exact = route.path in {"/", "/api"} or route.path.startswith(("/api/openapi", "/api/{"))
        assert exact or route.path.startswith(PUBLIC_PATHS[2:]), route


def is_wire(route: Route) -> bool:
    """Whether another door than pages and API answers: it has a language and tests of its own."""
    module = route.handler.fn.__module__
    return not module.startswith(("comptoir.web", "comptoir.api", "comptoir.edge", "litestar"))


def test_no_page_takes_a_wire_path(app: Litestar) -> None:
    for route in routes(app):
        first = route.path.split("/")[1]
        assert (first in OURS) != is_wire(route), route


async def test_a_stranger_gets_in_nowhere(world: World) -> None:
    for route in closed(world.app):
        answer = await world.ask(route, world.here, None)
        if route.api:
            assert answer.status_code == 401, route
            assert answer.headers["www-authenticate"].startswith("Basic")
            assert answer.headers["content-type"] == "application/problem+json"
        else:
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/office/sign-in"), route
            partial = await world.ask(route, world.here, None, **{"HX-Request": "true"})
            assert partial.headers["hx-redirect"].startswith("/office/sign-in"), route


async def test_a_session_that_nobody_has_is_a_stranger(world: World) -> None:
    viewer = world.here.people["viewer"]
    forged = Person("viewer", viewer.token[:-2] + "xx", viewer.csrf, viewer.user, viewer.session)
    for route in closed(world.app):
        if route.page:
            assert (await world.ask(route, world.here, forged)).status_code == 303, route


async def test_a_form_that_is_not_from_our_page_changes_nothing(world: World) -> None:
    owner = world.staff["administrator"]
    unsigned = Person(owner.role, owner.token, "forged", owner.user, owner.session)
    for route in closed(world.app):
        if route.page and route.method != "GET":
            answer = await world.ask(route, world.here, unsigned)
            assert answer.status_code == 403, route
            assert "did not come from a page of this office" in answer.text, route
            crossed = {"Sec-Fetch-Site": "cross-site"}
            assert (await world.ask(route, world.here, owner, **crossed)).status_code == 403


def refused(person: Person, live: bool, route: Route) -> bool:
    return route.needs not in person.allowed(live)


def told_already(person: Person, live: bool, route: Route) -> bool:
    """Pages that name nothing are drawn for everybody in test mode, for two people in live."""
    drawn = route.parameters or refused(person, live, route)
    return live and not drawn and person.role not in {"owner", "administrator"}


async def check_own(world: World, person: Person, live: bool, place: Place) -> None:
    """Exactly what the table says: in with the permission, 403 without it."""
    for route in closed(world.app):
        if not route.page or str(route) in TURNS or told_already(person, live, route):
            continue
        if route.method != "GET" and not refused(person, live, route):
            continue
        status = (await world.ask(route, place, person)).status_code
        told = f"{route} as {person.role}, live {live}: {status}"
        if refused(person, live, route):
            assert status == 403, told
        elif live and OF_A_MODE & route.names(place):
            assert status == 404, told
        else:
            assert status in {200, 303}, told


@pytest.mark.parametrize("live", MODES)
async def test_a_companys_people_see_what_their_role_says(world: World, live: bool) -> None:
    for person in world.here.people.values():
        await world.look(person, live=live)
        await check_own(world, person, live, world.here)


@pytest.mark.parametrize("live", MODES)
async def test_the_providers_staff_see_what_their_role_says(world: World, live: bool) -> None:
    for person in world.staff.values():
        await world.look(person, live=live, company=world.here)
        await check_own(world, person, live, world.here)


async def check_foreign(world: World, person: Person, live: bool) -> None:
    for route in closed(world.app):
        if not route.page or not route.parameters:
            continue
        status = (await world.ask(route, world.there, person)).status_code
        wanted = 403 if refused(person, live, route) else 404
        assert status == wanted, f"{route} as {person.role}, live {live}: {status}"


@pytest.mark.parametrize("live", MODES)
async def test_another_companys_things_look_absent(world: World, live: bool) -> None:
    for person in world.here.people.values():
        await world.look(person, live=live)
        await check_foreign(world, person, live)


async def test_staff_who_look_at_one_company_do_not_see_another(world: World) -> None:
    """Users and companies are the provider's own; the rest is of the company looked at."""
    person = world.staff["administrator"]
    await world.look(person, live=False, company=world.here)
    for route in closed(world.app):
        of_tenant = route.parameters and not {"user", "company"} & set(route.parameters)
        if route.page and of_tenant and route.method == "GET":
            assert (await world.ask(route, world.there, person)).status_code == 404, route


async def test_staff_without_a_company_find_everything_by_its_name(world: World) -> None:
    person = world.staff["administrator"]
    await world.look(person, live=False)
    for route in closed(world.app):
        if route.page and route.parameters and route.method == "GET":
            answer = await world.ask(route, world.there, person)
            assert answer.status_code in {200, 404}, route


async def test_what_is_allowed_is_pressed_without_a_crash(world: World) -> None:
    """Last of all, for it changes things: forms with the least they need."""
    for person in (world.there.people["owner"], world.staff["administrator"]):
        await world.look(person, live=False, company=world.there)
        for route in closed(world.app):
            pressed = route.page and route.method != "GET" and str(route) not in TURNS
            if pressed and not refused(person, False, route):
                status = (await world.ask(route, world.there, person)).status_code
                assert status in {200, 303, 400, 404, 409, 422}, f"{route}: {status}"


async def lists_of(world: World, person: Person, place: Place) -> dict[str, str]:
    """Everything a person sees without naming a thing."""
    seen = {}
    for route in closed(world.app):
        if route.page and route.method == "GET" and not route.parameters:
            answer = await world.ask(route, place, person)
            seen[str(route)] = answer.text + answer.headers.get("location", "")
    return seen


@pytest.mark.parametrize("live", MODES)
async def test_lists_show_the_own_company_and_mode_alone(world: World, live: bool) -> None:
    foreign = [*world.there.marks, *world.there.test_marks, world.there.objects["company"]]
    hidden = [*foreign, *world.here.test_marks] if live else foreign
    for person in world.here.people.values():
        await world.look(person, live=live)
        for route, text in (await lists_of(world, person, world.here)).items():
            assert [mark for mark in hidden if mark in text] == [], f"{route} as {person.role}"


async def test_lists_show_what_is_there(world: World) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    seen = "".join((await lists_of(world, owner, world.here)).values())
    marks = (*world.here.marks, *world.here.test_marks)
    assert [mark for mark in marks if mark not in seen] == []


async def ask_api(world: World, route: Route, place: Place, secret: tuple[str, str]) -> int:
    async with world.here.shop.client as client:
        answer = await client.request(
            route.method, route.at(place), auth=secret,
            **({} if route.method == "GET" else {"json": route.filled(place)}),
        )  # fmt: skip
    return answer.status_code


@pytest.mark.parametrize("live", MODES)
async def test_a_key_does_what_keys_may_and_sees_its_company_alone(
    world: World, live: bool
) -> None:
    shop = await world.here.shop.with_key(live=live)
    secret = (str(shop.originator.number), shop.secret)
    wrong = (str(world.there.shop.originator.number), shop.secret)
    for route in (r for r in closed(world.app) if r.api):
        allowed = route.needs in KEY_PERMISSIONS
        assert await ask_api(world, route, world.here, wrong) == 401, route
        if not allowed:
            assert await ask_api(world, route, world.here, secret) == 403, route
        elif route.parameters:
            assert await ask_api(world, route, world.there, secret) == 404, route
        if allowed and route.method == "GET":
            status = await ask_api(world, route, world.here, secret)
            gone = live and OF_A_MODE & route.names(world.here)
            assert status == (404 if gone else 200), f"{route}, live {live}: {status}"


@pytest.mark.parametrize("role", ["administrator", "operations", "support"])
async def test_a_platform_key_does_what_its_role_says(world: World, role: str) -> None:
    here, there = (p.objects["company"] for p in (world.here, world.there))
    allowed = of_platform_key(PlatformRole(role))
    async with await platform_client(world.app, role, comptoir_company=here) as client:
        client.base_url = "http://testserver"  # type: ignore[assignment]
        for route in (r for r in closed(world.app) if r.api):
            if route.needs in allowed and route.method != "GET":
                continue
            answer = await client.request(route.method, route.at(world.here), json={})
            wanted = {200} if route.needs in allowed else {403}
            assert answer.status_code in wanted, f"{route}: {answer.text}"
            if route.parameters and route.needs in allowed:
                for header, place in ((here, world.there), (there, world.here)):
                    answer = await client.request(
                        route.method, route.at(place), headers={"comptoir-company": header}
                    )
                    assert answer.status_code == 404, route
