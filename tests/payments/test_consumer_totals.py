"""What a consumer paid follows the log, whatever order the events are seen in."""

from uuid import UUID

from comptoir import consumers
from comptoir.kit import db, ids
from kit import Shop, run_jobs


async def totals(shop: Shop, consumer: str) -> list[tuple[str, int, int, int]]:
    async with db.transaction(company=shop.company.id) as tx:
        found = await consumers.list_totals(tx, _id(consumer))
    return [(t.currency, t.payments, t.accepted_minor, t.returned_minor) for t in found]


def _id(consumer: str) -> UUID:
    return ids.untype("con", consumer)


async def test_a_consumers_payments_are_counted_by_currency_and_refunds_beside_them(
    shop: Shop,
) -> None:
    await run_jobs()  # The follower takes its place at the beginning of the log.
    buyer = {"id": "shopper-7", "email": "seven@shop.example"}
    sale = (await shop.pay(1000, shopper=buyer)).json()
    await shop.pay(2500, shopper=buyer)
    await shop.pay(1500, currency="JPY", shopper={"id": "shopper-7"})
    await shop.post(f"/operations/{sale['id']}/refunds", {"amount": 400})
    payment = (await shop.get(f"/payments/{sale['payment']}")).json()
    await run_jobs()
    expected = [("EUR", 2, 3500, 400), ("JPY", 1, 1500, 0)]
    assert await totals(shop, payment["consumer"]) == expected
    await run_jobs()
    assert await totals(shop, payment["consumer"]) == expected
