"""Seeded nonsense over both APIs: never a 5xx, always a JSON object that keeps the rules."""

import asyncio

import httpx
import pytest
from benchmarks import nonsense
from benchmarks.nonsense import Known
from litestar import Litestar

from comptoir import checkout, subscriptions
from comptoir.edge.wire_errors import DOOR
from comptoir.kit import db
from kit import allow_credits
from kit_wire import Wire, check_rules

BODIES, SEEDS, TOGETHER = 150, 5, 8
PATIENCE = 30.0


async def make_known(wire: Wire) -> Known:
    """Something of everything, so that nonsense also meets what exists."""
    await allow_credits(wire.shop)
    prepared, number = await wire.paid(
        subscriptionType="infinite", rebillAmount=500, rebillPeriod="P1M"
    )
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    async with db.transaction(company=wire.shop.company.id) as tx:
        begun = await subscriptions.numbers_of_payments(tx, [found.payment_id])
        offer = await subscriptions.create_offer(
            tx, wire.shop.actor(), wire.shop.originator.id, "Fuzz", "EUR",
            subscriptions.Terms("infinite", 900, "P1M"),
        )  # fmt: skip
    login = httpx.BasicAuth(str(wire.shop.originator.number), wire.shop.secret)
    header: str = login._auth_header
    waiting = await wire.prepare()
    return Known(
        number, str(begun[found.payment_id]), str(offer.number), prepared["merchantToken"],
        waiting["customerToken"], header,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_no_nonsense_breaks_a_door(wire: Wire, seed: int) -> None:
    queue = nonsense.requests(f"tests-{seed}", await make_known(wire))
    left = iter(range(BODIES))
    transport = httpx.ASGITransport(app=wire.shop.app)  # type: ignore[arg-type]

    async def client() -> None:
        async with httpx.AsyncClient(transport=transport) as sender:
            for _ in left:
                asked = next(queue)
                async with asyncio.timeout(PATIENCE):
                    answer = await sender.request(
                        asked.method, "http://testserver" + asked.path, headers=asked.headers,
                        content=asked.body,
                    )  # fmt: skip
                problem = nonsense.problem_of(
                    asked, answer.status_code, answer.headers.get("content-type", ""),
                    answer.content,
                )  # fmt: skip
                assert problem is None, f"{problem}: {asked} -> {answer.text[:500]}"

    await asyncio.gather(*(client() for _ in range(TOGETHER)))


def test_the_nonsense_reaches_every_address_of_the_wire(app: Litestar) -> None:
    known = {("POST", path) for path, _ in nonsense.POSTS} | {("GET", p) for p in nonsense.GETS}
    shapes = {(method, shape(path)) for method, path in known}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.opt.get("door") == DOOR and not route.path.startswith(
                ("/connect2pay", "/gateway")
            ):
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    assert (method, shape(route.path)) in shapes, route.path


def shape(path: str) -> str:
    """A path with its parameters unnamed."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("path", ["/payment/prepare", "/transaction/1/refund", "/account"])
async def test_options_are_answered_like_an_unknown_path(wire: Wire, path: str) -> None:
    answer = await wire.ask("OPTIONS", path)
    check_rules(answer)
    assert answer.status_code == 404
