"""What tests of the wire share: a shop's client on the wire, bodies of both forms, a merchant."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from aiohttp import web

from comptoir import checkout, gateways, payments
from comptoir.kit import http
from kit import VISA, Shop

_orders = itertools.count(1)


@dataclass
class Wire:
    """A shop's client of the wire APIs. Answers are checked against the rules all of them keep."""

    shop: Shop

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with self.shop.client as client:
            answer = await client.request(method, path, **more)
        check_rules(answer)
        return answer

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self._object(await self.ask("GET", path, params=params))

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        return self._object(await self.ask("POST", path, content=encoded(body or {})))

    def _object(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def prepare(self, **more: Any) -> dict[str, Any]:
        """A prepared payment's answer, which must be a success."""
        answer = await self.post("/payment/prepare", nested(**more))
        assert answer["code"] == "200", answer
        return answer

    async def pay(
        self, prepared: dict[str, Any], number: str = VISA, **more: Any
    ) -> payments.Operation:
        """The shopper's attempt, as the page makes it."""
        found = await checkout.find_by_customer_token(prepared["customerToken"])
        return await checkout.attempt(found, card(number), ip="203.0.113.7", **more)

    async def status(self, prepared: dict[str, Any], **params: Any) -> dict[str, Any]:
        return await self.get(f"/payment/{prepared['merchantToken']}/status", **params)

    async def paid(self, number: str = VISA, **more: Any) -> tuple[dict[str, Any], str]:
        """A payment that was made: what prepare answered, and the transaction's id."""
        prepared = await self.prepare(**more)
        operation = await self.pay(prepared, number)
        assert operation.status is payments.Status.SUCCEEDED
        return prepared, str(operation.number)


async def a_subscription(shop: Shop, **more: Any) -> dict[str, Any]:
    """A subscription begun by a payment on the page, as the API tells it."""
    terms = {"subscriptionType": "infinite", "rebillAmount": 990, "rebillPeriod": "P1M", **more}
    await Wire(shop).paid(**terms)
    answer = await shop.get("/subscriptions", limit=1)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"][0]
    return found


def card(number: str = VISA) -> gateways.CardData:
    return gateways.CardData(number, 10, 2030, "123", "Ada Lovelace")


def nested(**more: Any) -> dict[str, Any]:
    """The smallest body of 002.70 and later, with changes; None leaves a field out."""
    body: dict[str, Any] = {
        "apiVersion": "002.73",
        "currency": "EUR",
        "amount": 1500,
        "paymentMode": "Single",
        "order": {"id": f"order-{next(_orders)}"},
        "shopper": {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"},
        "shipping": {},
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def flat(**more: Any) -> dict[str, Any]:
    """The form of the clients until 002.62."""
    body: dict[str, Any] = {
        "apiVersion": "002.60",
        "currency": "EUR",
        "amount": 1500,
        "paymentMode": "Single",
        "paymentMethod": "CreditCard",
        "orderID": f"flat-{next(_orders)}",
        "shippingType": "Virtual",
        "shopperEmail": "ada@example.com",
        "shopperFirstName": "Ada",
        "shopperLastName": "Lovelace",
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def check_rules(answer: httpx.Response) -> None:
    """Rules 1 to 3: the three statuses, always a JSON object, no null, codes as strings.

    The charset is always named: one client reads Latin-1 without it.
    """
    assert answer.status_code in {200, 403, 404}, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    told = answer.json()
    assert isinstance(told, dict)
    _check(told)


def _check(told: Any, name: str = "") -> None:
    assert told is not None, f"{name} is null"
    if name in {"code", "errorCode", "resultCode", "transactionID", "refTransactionID"}:
        # The gateway's subscription names its first sale by a number (Int32).
        assert isinstance(told, str | int), name
    if name in {"code", "errorCode", "resultCode"}:
        assert isinstance(told, str), name
    if isinstance(told, dict):
        for key, value in told.items():
            _check(value, key)
    elif isinstance(told, list):
        for value in told:
            _check(value)


@dataclass
class Merchant:
    """A shop's callback address on the loopback: what it got, and what it answers next."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)


@asynccontextmanager
async def merchant() -> AsyncIterator[Merchant]:
    found = Merchant()

    async def callback(request: web.Request) -> web.Response:
        found.got.append(await request.json())
        status, body = found.answers.pop(0) if found.answers else (200, b'{"status":"OK"}')
        headers = {"location": "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, body=body, headers=headers)

    app = web.Application()
    app.router.add_post("/callback", callback)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    try:
        yield found
    finally:
        await http.close()
        await runner.cleanup()
