"""Five hundred shoppers at once: each pays once, and the books are balanced."""

import asyncio
from typing import Any

import pytest

from comptoir.kit import db
from comptoir.payments import Status
from kit import Shop, charges, entries, make_shop
from kit_wire import Wire, nested

CROWD = 500
REFUNDED = CROWD // 10
DECLINED, LOST = "4000000000009995", "4000000009030000"
CARDS = ["4111111111111111"] * 8 + [DECLINED, LOST]
SALE: dict[str, Any] = {
    "customerIP": "1.2.3.4", "currency": "EUR", "cardSecurityCode": "000",
    "cardExpireMonth": 10, "cardExpireYear": 2030, "cardHolderName": "Ada",
}  # fmt: skip


async def one_of_many(wire: Wire, place: int) -> None:
    """Prepare and pay on the page (some twice at once), or a sale from the shop's server."""
    number = CARDS[place % len(CARDS)]
    if place % 5 == 4:
        body = SALE | {"amount": 1000 + place, "orderID": f"o{place}", "cardNumber": number}
        answer = await wire.post("/transaction/sale/creditcard", body)
        if answer["errorCode"] == "000" and place % 10 == 4:
            amount = {"amount": 100 + place}
            await wire.post(f"/transaction/{answer['transactionID']}/refund", amount)
        return
    prepared = await wire.post("/payment/prepare", nested(amount=1000 + place))
    tries = [wire.pay(prepared, number) for _ in range(2 if place % 3 == 0 else 1)]
    await asyncio.gather(*tries, return_exceptions=True)


@pytest.mark.slow
async def test_a_crowd_leaves_the_ledger_balanced(app: Any) -> None:
    shop: Shop = await make_shop(app)
    wire = Wire(shop)
    await asyncio.gather(*(one_of_many(wire, place) for place in range(CROWD)))
    async with db.transaction(company=shop.company.id) as tx:
        paid = await tx.value("select count(*) from payment where company_id = $1", tx.company)
        twice = await tx.value(
            "select count(*) from (select payment_id from operation where company_id = $1 and"
            " status = 'succeeded' and kind = 'sale' group by payment_id having count(*) > 1) x",
            tx.company,
        )
        loose = await tx.value(
            "select count(*) from (select cause_id, currency from entry where company_id = $1"
            " group by cause_id, currency having sum(amount_minor) <> 0) x",
            tx.company,
        )
        won = await tx.value(
            "select sum(case when kind = 'refund' then -amount_minor else amount_minor end)::bigint"
            " from operation where company_id = $1 and status = 'succeeded'",
            tx.company,
        )
        known = await tx.rows(
            "select status, count(*) as number from operation where company_id = $1"
            " and kind = 'sale' group by status order by 1",
            tx.company,
        )
    states = {row["status"]: row["number"] for row in known}
    balance = await entries(shop.company.id)
    assert (paid, twice, loose) == (CROWD, 0, 0)
    assert sum(balance.values()) == 0
    assert -balance["payable", "EUR"] == won
    assert set(states) == {Status.SUCCEEDED, Status.DECLINED, Status.UNKNOWN}
    # What was lost on the way home was charged too: nobody was charged twice or for nothing.
    done = states[Status.SUCCEEDED] + states[Status.UNKNOWN]
    assert await charges(shop) == done + REFUNDED
