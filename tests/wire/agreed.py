"""Subscriptions that shops begin by a direct sale, and how the wire tells them."""

from datetime import UTC, datetime
from typing import Any

from kit_wire import Wire

SALE: dict[str, Any] = {
    "customerIP": "1.2.3.4", "amount": 1000, "currency": "EUR", "orderID": "terms-1",
    "cardNumber": "4111111111111111", "cardSecurityCode": "000", "cardHolderName": "Ada",
    "cardExpireMonth": 10, "cardExpireYear": 2030, "shopperEmail": "ada@example.com",
}  # fmt: skip
PATH = "/transaction/sale/creditcard"
NORMAL = {
    "subscriptionType": "normal", "rebillAmount": 500, "rebillPeriod": "P1M",
    "rebillMaxIteration": 3,
}  # fmt: skip


async def begun(wire: Wire, terms: dict[str, Any]) -> int:
    answer = await wire.post(PATH, SALE | terms)
    assert answer["errorCode"] == "000", answer
    number: int = answer["subscriptionID"]
    return number


async def seen(wire: Wire, number: int) -> dict[str, Any]:
    found: dict[str, Any] = (await wire.get(f"/subscription/{number}"))["subscription"]
    return found


def at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
