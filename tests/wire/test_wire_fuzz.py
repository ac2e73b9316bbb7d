"""Seeded nonsense over both APIs: never a 5xx, always a JSON object that keeps the rules."""

import json
import random
from typing import Any

import httpx
import pytest

from kit import VISA
from kit_wire import Wire, check_rules, flat, nested

BODIES = 40  # For each path; the benchmark sends thousands.
WORDS: list[Any] = [
    None, True, False, 0, -1, 1, 10**20, 2**31, 1.5, -0.0, 1e300, "", " ", "NA", "\x00", "é" * 300,
    "\ud7ff", "💶" * 50, "1e3", "-1", "0x10", "P1M", "P99999D", "P9999Y", "PT0S", "null", [], {},
    [[]], [{}], {"a": None}, "' or 1=1 --", "../..", "https://", "http://[::1", "a@b", "20260230",
    "999999999", "1500", 1500, "EUR", VISA, "sale", "normal", "CreditCard",
]  # fmt: skip
SALE: dict[str, Any] = {
    "customerIP": "1.2.3.4", "amount": 1000, "currency": "EUR", "orderID": "f", "cardNumber": VISA,
    "cardSecurityCode": "000", "cardHolderName": "F", "cardExpireMonth": 1, "cardExpireYear": 2030,
    "rebillAmount": 5, "rebillPeriod": "P1D", "subscriptionType": "infinite", "PaRes": "NA",
    "threeDSServerTransID": "x", "shopper": {"account": {"suspicious": True}},
}  # fmt: skip
ACT: dict[str, Any] = {"apiVersion": "002.73", "amount": 1, "cancelReason": 1000}
LISTED: dict[str, Any] = {"valueType": "shopperEmail", "value": "f@example.com"}
PATHS = [
    ("/payment/prepare", nested), ("/transaction/prepare", flat),
    ("/transaction/sale/creditcard", lambda: dict(SALE)),
    ("/transaction/3dscheck", lambda: dict(SALE)), ("/transaction/3dsauth", lambda: dict(SALE)),
    ("/blacklist", lambda: dict(LISTED)), ("/transaction/{n}/refund", lambda: dict(ACT)),
    ("/transaction/{n}/rebill", lambda: dict(ACT)), ("/transaction/{n}/capture", lambda: dict(ACT)),
    ("/transaction/{n}/cancel", lambda: dict(ACT)), ("/transaction/{n}/credit", lambda: dict(ACT)),
    ("/transaction/{n}/3dsparse", lambda: dict(SALE)),
    ("/subscription/{n}/cancel", lambda: dict(ACT)),
]  # fmt: skip


def mutated(body: Any, chance: random.Random) -> Any:
    """A body with some of its values replaced, dropped, or nested where nobody expects it."""
    if isinstance(body, dict):
        for name in list(body):
            draw = chance.random()
            if draw < 0.05:
                del body[name]
            elif draw < 0.25:
                body[name] = chance.choice(WORDS)
            else:
                body[name] = mutated(body[name], chance)
        if chance.random() < 0.3:
            body[str(chance.choice(WORDS))[:20]] = chance.choice(WORDS)
    elif isinstance(body, list):
        return [mutated(item, chance) for item in body]
    return body


@pytest.mark.parametrize(("path", "make"), PATHS)
async def test_no_body_breaks_a_door(wire: Wire, path: str, make: Any) -> None:
    chance = random.Random(path)  # noqa: S311  Seeded on purpose.
    _, number = await wire.paid()
    async with wire.shop.client as client:
        for _ in range(BODIES):
            body = make()
            if "order" in body:
                body["order"] |= {"type": "01", "cartContent": [{"cartProductUnitPrice": 1.5}],
                                  "recurrence": {"type": "normal"}}  # fmt: skip
            raw = json.dumps(mutated(body, chance)).encode()
            if chance.random() < 0.1:
                raw = raw[: chance.randrange(len(raw) + 1)] + bytes([chance.randrange(256)])
            answer = await client.post(path.replace("{n}", number), content=raw)
            _judge(answer, raw)


QUERIES = ["/account", "/transactions/export", "/transactions", "/transactions/sale",
           "/subscriptions", "/transaction/{n}/info", "/transaction/{n}",
           "/subscription/{n}", "/subscription/offer/{n}", "/payment/{n}/status"]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
async def test_no_query_breaks_a_door(wire: Wire, path: str) -> None:
    chance = random.Random(path)  # noqa: S311  Seeded on purpose.
    names = ["apiVersion", "startTime", "endTime", "startDate", "endDate", "operation",
             "paymentMethod", "transactionResultCode", "transactionType", "allSubscriptions",
             "transactionErrorCode"]  # fmt: skip
    async with wire.shop.client as client:
        for _ in range(BODIES):
            query = {name: str(chance.choice(WORDS)) for name in chance.sample(names, 4)}
            place = path.replace("{n}", str(chance.choice([1, 2**31, "x", "-1", "%00", "AA" * 11])))
            answer = await client.get(place, params=query)
            if answer.status_code != 302:
                _judge(answer, str(answer.url).encode())


def _judge(answer: httpx.Response, sent: bytes) -> None:
    try:
        check_rules(answer)
        assert answer.json().get("code") != "500"
        assert answer.json().get("errorCode") != "500" or "blacklist" in answer.text
    except AssertionError as error:
        raise AssertionError(f"{sent!r} -> {answer.status_code} {answer.text}") from error
