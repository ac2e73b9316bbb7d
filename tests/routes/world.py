"""Two companies with everything in them, somebody for every role, and every route of the app."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from litestar import Litestar

from comptoir import checkout, deliveries, identity, subscriptions, traffic
from comptoir.edge import cookies
from comptoir.identity import CompanyRole, PlatformRole
from comptoir.kit import db, ids
from identity.people import a_person, enter
from kit import Shop, make_shop
from kit_wire import a_subscription

VISA = "4111111111111111"
LOGO = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass
class Route:
    """One handler of the application."""

    method: str
    path: str
    needs: str
    handler: Any

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+):", self.path)

    @property
    def page(self) -> bool:
        return self.path.startswith("/office")

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/v1/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, place: "Place") -> str:
        """The address of this route about something of that company."""
        missing = [name for name in self.parameters if name not in place.objects]
        assert not missing, f"{self}: tell tests/routes/world.py what {missing} stands for"
        return re.sub(r"{(\w+):\w+}", lambda found: place.objects[found[1]], self.path)

    def names(self, place: "Place") -> set[str]:
        """What the address is about."""
        return {*self.parameters, *QUERIES.get(str(self), NONE)(place)}

    def filled(self, place: "Place") -> dict[str, str]:
        """A form or body that can be read, so that what it is about is looked for."""
        return FILLED.get(str(self), NONE)(place)


def routes(app: Litestar) -> list[Route]:
    """Every route, without the OPTIONS answers that Litestar adds by itself."""
    found = []
    for route in app.routes:
        single = getattr(route, "route_handler", None)
        for handler in getattr(route, "route_handlers", [single]):
            for method in getattr(handler, "http_methods", ()):
                if method != "OPTIONS":
                    path = "/office/" if route.path == "/office" else route.path
                    found.append(Route(str(method), path, handler.opt.get("needs", ""), handler))
    return sorted(found, key=str)


@dataclass
class Person:
    """Somebody with a session. The token of forms is the session's own."""

    role: str
    token: str
    csrf: str
    user: identity.User
    session: identity.Session

    def allowed(self, live: bool) -> frozenset[str]:
        if self.user.platform_role is not None:
            return identity.of_platform_role(PlatformRole(self.role))
        return identity.of_company_role(CompanyRole(self.role), live)


@dataclass
class Place:
    """A company, what is in it by the names of path parameters, and who works there."""

    shop: Shop
    objects: dict[str, str]
    marks: list[str]  # What belongs to the company in both modes.
    test_marks: list[str]  # What belongs to its test mode alone.
    people: dict[str, Person] = field(default_factory=dict)


@dataclass
class World:
    app: Litestar
    here: Place
    there: Place
    staff: dict[str, Person]

    async def ask(
        self, route: Route, place: Place, person: Person | None, **headers: str
    ) -> httpx.Response:
        """One request, as a browser or a program would send it."""
        if person is not None:
            headers["Cookie"] = f"{cookies.name()}={person.token}"
        body: dict[str, Any] = {}
        if route.method != "GET" and route.page:
            body["data"] = {"csrf": "" if person is None else person.csrf, **route.filled(place)}
        elif route.method != "GET":
            body["json"] = route.filled(place)
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            address = httpx.URL(route.at(place), params=QUERIES.get(str(route), NONE)(place))
            return await client.request(route.method, address, headers=headers, **body)

    async def look(self, person: Person, *, live: bool, company: Place | None = None) -> None:
        """Turn a person to a mode, and the provider's staff to a company or to all of them."""
        await identity.switch_mode(person.session, live)
        if person.user.platform_role is not None:
            wanted = None if company is None else company.shop.company.id
            await identity.switch_company(person.session, wanted)


async def sign_in(called: str, **more: Any) -> Person:
    person = await a_person(**more)
    token = await enter(person)
    _, user, session = await identity.session_actor(token)
    return Person(called, token, session.csrf, user, session)


async def build_place(app: Litestar, name: str) -> Place:
    tag = f"{name}{ids.new().hex[-8:]}"
    shop = await make_shop(app, f"{tag} & Sons")
    email, order = f"shopper@{tag}.example", f"ORDER-{tag}"
    sale = await shop.paid(order_id=order, shopper={"email": email, "id": f"id-{tag}"})
    consumer = (await shop.get("/consumers")).json()["data"][0]["id"]
    victim = await a_person("viewer", shop.company.id)
    begun = await a_subscription(shop)
    await traffic.flush()
    async with db.transaction(company=shop.company.id) as tx:
        key = await tx.value("select id from api_key limit 1")
        payment_id, operation_id = ids.untype("pay", sale["payment"]), ids.untype("op", sale["id"])
        delivery = await deliveries.note(
            tx, shop.company.id, live=False, originator_id=shop.originator.id,
            payment_id=payment_id, operation_id=operation_id, url=f"https://{tag}.example/callback",
        )  # fmt: skip
        assert delivery is not None
        line = await tx.value("select id from api_request order by id limit 1")
        offer = await subscriptions.create_offer(
            tx, shop.actor(), shop.originator.id, f"Offer {tag}"[:32], "EUR",
            subscriptions.Terms("infinite", 990, "P1M"),
        )  # fmt: skip
        await checkout.edit_theme(tx, shop.actor(), shop.originator.id, logo=LOGO)
    place = Place(
        shop,
        {
            "operation": sale["id"], "operation_id": sale["id"],
            "payment": sale["payment"], "payment_id": sale["payment"],
            "consumer": consumer, "consumer_id": consumer,
            "company": ids.typeid("com", shop.company.id),
            "company_id": ids.typeid("com", shop.company.id),
            "originator": ids.typeid("ori", shop.originator.id),
            "originator_id": ids.typeid("ori", shop.originator.id),
            "number": str(shop.originator.number),
            "account": ids.typeid("acc", shop.account.id),
            "account_id": ids.typeid("acc", shop.account.id),
            "user": ids.typeid("usr", victim.id),
            "subscription": begun["id"], "subscription_id": begun["id"],
            "request_line": ids.typeid("req", line),
            "delivery": ids.typeid("del", delivery), "offer": ids.typeid("off", offer.id),
            "key": ids.typeid("key", key), "key_id": ids.typeid("key", key),
            "theme_id": "0",
        },
        [f"{tag} &amp; Sons online", victim.email, tag],
        [order, email, f"{tag} &amp; Sons sandbox"],
    )  # fmt: skip
    for role in CompanyRole:
        place.people[role] = await sign_in(role, role=role, company_id=shop.company.id)
    return place


async def build(app: Litestar) -> World:
    staff = {role: await sign_in(role, platform_role=role) for role in PlatformRole}
    return World(app, await build_place(app, "amber"), await build_place(app, "cobalt"), staff)


# Fields without which a request is not read at all. A route that is asked about another company's
# object and answers anything but 404 is to be told here what it needs.
Filled = Callable[[Place], dict[str, Any]]
NONE: Filled = lambda _: {}  # noqa: E731
QUERIES: dict[str, Filled] = {
    "GET /office/originators/{number:int}/keys/revoke": lambda p: {"key": p.objects["key"]},
    "GET /office/users/{user:str}/remove": lambda p: {"company": p.objects["company"]},
    "GET /office/users/{user:str}/role": lambda p: {"company": p.objects["company"]},
}
FILLED: dict[str, Filled] = {
    "POST /api/v1/subscriptions/{subscription_id:str}/cancel": lambda _: {"reason": 1007},
    "POST /office/subscriptions/{subscription:str}/cancel": lambda _: {"reason": "1007"},
    "POST /office/developers/payment": lambda p: {
        "originator": str(p.shop.originator.number), "amount": "1", "currency": "EUR",
    },
    "POST /office/offers/{offer:str}/state": lambda _: {"state": "enabled"},
    "PUT /api/v1/companies/{company_id:str}": lambda _: {"name": "Renamed"},
    "PUT /api/v1/originators/{originator_id:str}/route": lambda _: {"accounts": []},
    "POST /office/accounts/{account:str}/edit": lambda _: {"name": "x", "currencies": "EUR"},
    "POST /office/companies/{company:str}/edit": lambda _: {"name": "Renamed"},
    "POST /office/originators/{number:int}/edit": lambda p: {"name": "x", "currency": "EUR"},
    "POST /office/originators/{number:int}/keys/revoke": lambda p: {"key": p.objects["key"]},
    "POST /api/v1/originators/{originator_id:str}/themes": lambda _: {"name": "Winter"},
    "POST /office/originators/{number:int}/page/behaviour": lambda _: {
        "default_operation": "sale", "three_ds": "honor", "max_attempts": "3",
    },
    "POST /office/originators/{number:int}/theme": lambda _: {
        "name": "Winter", "primary_colour": "#0b5fcc", "background": "#ffffff",
        "text_colour": "#1a1f29", "radius": "8",
    },
    "POST /office/originators/{number:int}/themes/new": lambda _: {"name": "Winter"},
    "POST /office/originators/{number:int}/themes/main": lambda _: {"theme": "1"},
    "POST /office/originators/{number:int}/themes/retire": lambda _: {"theme": "1"},
    "POST /office/users/{user:str}/role": lambda p: {
        "role": "company:viewer", "company": p.objects["company"],
    },
    "POST /office/users/{user:str}/remove": lambda p: {"company": p.objects["company"]},
    **{
        f"POST /office/transactions/{{operation:str}}/{kind}": lambda _: {"key": "a-key"}
        for kind in ("capture", "refund", "cancel", "rebill", "credit")
    },
}  # fmt: skip
