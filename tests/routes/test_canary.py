"""A card number and secrets, put into every place of every route, are found nowhere."""

import base64
import io
import re
from typing import Any

import httpx

from comptoir import traffic
from comptoir.edge import cookies
from identity.people import PASSWORD
from kit import Shop, make_shop, platform_client
from kit_canary import dressed, dump, found, logged
from payments.hooking import account_of
from routes.world import Route, World, routes

__all__ = ["logged"]  # A fixture.

CARD = "6759649826438453"  # A documented test card that no other test pays with.
CVC = "8347"
HOLDER = "Ottilie Canary"
# Each of them ends, or turns away, the session that the test needs.
LEFT_OUT = {"POST /office/sign-out", "POST /office/profile/sessions/end"}


async def pay_and_fail(shop: Shop) -> list[str]:
    """Payments with the card: taken, declined, lost, refused, and about other things."""
    card = {
        "number": CARD, "expiry_month": 10, "expiry_year": 2030, "cvc": CVC, "holder": HOLDER,
    }  # fmt: skip
    answers = []
    for amount, more in [
        (1000, {}), (90_051, {}), (91_003, {}), (91_007, {}), (91_009, {}), (0, {}),
        (1000, {"currency": "XXX"}), (1000, {"three_ds": "force"}), (1000, {"card": CARD}),
        (1000, {"card": {**card, "number": f"{CARD} "}}), (1000, {"card": {**card, "cvc": CARD}}),
        (1000, {"card": {**card, "surplus": CARD}}), (1000, {"expiry": CARD}),
    ]:  # fmt: skip
        asked: dict[str, Any] = {"card": card, **more}
        answers.append(await shop.pay(amount, key=f"canary-{amount}-{len(answers)}", **asked))
    live = await shop.with_key(live=True)
    answers.append(await live.pay(card=card))
    sale = answers[0].json()
    assert sale["status"] == "succeeded"
    answers += [await shop.follow(sale, "rebills"), await shop.follow(sale, "refunds", 1)]
    answers += [await shop.get(f"/operations/{sale['id']}"), await shop.get("/events", limit=100)]
    return [answer.text + str(answer.headers) for answer in answers]


async def knock(
    world: World, route: Route, secret: str, cookie: str, csrf: str = ""
) -> httpx.Response:
    """A request with the secret wherever something can be said."""
    path = re.sub(r"{(\w+):\w+}", secret, route.path)
    said = {"number": secret, "email": f"{secret}@shop.example", "key": secret, "password": secret,
            "code": secret, "cvc": secret, "card": {"number": secret}}  # fmt: skip
    headers = {"X-Request-Id": secret, "User-Agent": f"Shop/{secret}", "Referer": f"/{secret}",
               "Idempotency-Key": secret, "X-Forwarded-For": secret}  # fmt: skip
    if route.page:
        headers["Cookie"] = f"{cookies.name()}={cookie}"
    form = {name: value for name, value in said.items() if isinstance(value, str)}
    body: dict[str, Any] = {"data": {**form, "csrf": csrf}} if route.page else {"json": said}
    if route.method == "GET":
        body = {}
    async with world.here.shop.client as client:
        return await client.request(
            route.method, path, params={"q": secret, "cursor": secret, "next": secret},
            headers=headers, **body,
        )  # fmt: skip


async def test_no_card_number_and_no_secret_is_written_down(
    world: World, database: str, logged: io.StringIO
) -> None:
    owner = world.there.people["owner"]
    await world.look(owner, live=False)
    shop = await make_shop(world.app, "Canary shop")
    await traffic.flush()
    answers = await pay_and_fail(shop)
    assert await traffic.flush() == len(answers)
    for route in routes(world.app):
        if str(route) not in LEFT_OUT:
            await knock(world, route, CARD, owner.token, owner.csrf)
            await knock(world, route, CARD, CARD)
            await traffic.flush()  # So that the bodies of every request are kept.
    async with await platform_client(world.app) as client:
        assert client.auth is not None
        platform = str(client.auth._auth_header)  # type: ignore[attr-defined]
        answers.append((await client.get("/companies")).text)
    secrets = {
        "card": CARD,
        "API key": shop.secret,
        "platform key": base64.b64decode(platform.split()[1]).decode().partition(":")[2],
        "session": owner.token,
        "password": PASSWORD,
        **{
            f"credential {name}": value
            for name, value in (await account_of(shop)).credentials.items()
        },
    }
    assert found({**secrets, "cvc": CVC, "holder": HOLDER}, logged.getvalue()) == []
    assert found(secrets, "\n".join(answers)) == []
    for table, text in (await dump(database)).items():
        assert (table, found({**secrets, "holder": HOLDER}, text)) == (table, [])


def test_the_search_itself_finds_what_is_hidden() -> None:
    for form in dressed(CARD):
        assert found({"card": CARD}, f"a line with {form} in it") == ["card"]
    packed = base64.b64encode(b'{"pan":"' + CARD.encode() + b'"}').decode()
    assert found({"card": CARD}, packed) == ["card"]
