"""What a consumer paid follows the log, whatever order the events are seen in."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from comptoir import consumers, events, payments
from comptoir.kit import db, ids
from kit import Shop, run_jobs

pytestmark = pytest.mark.usefixtures("own_database")


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


async def counted_anew(shop: Shop) -> dict[tuple[str, str], tuple[int, int, int]]:
    """The same totals from all operations at once."""
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select consumer_id::text as consumer, currency::text as currency,"
            " count(distinct payment_id) filter (where undone_by is null) as payments,"
            " coalesce(sum(amount_minor) filter (where undone_by is null and status = 'succeeded'"
            "  and kind in ('sale', 'capture', 'rebill', 'collection')), 0)::bigint as accepted,"
            " coalesce(sum(amount_minor) filter (where undone_by is null and status = 'succeeded'"
            "  and kind in ('refund', 'credit', 'chargeback', 'reversal')), 0)::bigint as returned"
            " from operation where consumer_id is not null group by 1, 2"
        )
    return {
        (r["consumer"], r["currency"]): (r["payments"], r["accepted"], r["returned"]) for r in rows
    }


async def kept(shop: Shop) -> dict[tuple[str, str], tuple[int, int, int]]:
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select consumer_id::text as consumer, currency::text as currency, payments,"
            " accepted_minor, returned_minor from consumer_total"
        )
    return {
        (r["consumer"], r["currency"]): (r["payments"], r["accepted_minor"], r["returned_minor"])
        for r in rows
    }


async def test_totals_are_exact_however_the_changes_fall_into_batches(shop: Shop) -> None:
    chance = random.Random(7)  # noqa: S311
    made: list[dict[str, Any]] = []
    for turn in range(60):
        buyer = {"id": f"shopper-{chance.randrange(3)}"}
        if made and chance.random() < 0.5:
            await shop.follow(chance.choice(made), "refunds", chance.randrange(1, 400))
        else:
            number = chance.choice(["4111111111111111", "4000000000000002"])
            currency = chance.choice(["EUR", "JPY"])
            paid = await shop.pay(1000 + turn, shopper=buyer, currency=currency, number=number)
            made += [paid.json()] if paid.json()["status"] == "succeeded" else []
        if chance.random() < 0.3:
            await run_jobs()
            assert await kept(shop) == await counted_anew(shop)
    await run_jobs()
    assert await kept(shop) == await counted_anew(shop)
    async with db.platform() as tx:  # A log that is read again from its beginning changes nothing.
        await tx.run("update follower set tx = '0', seq = 0 where name = 'consumers.totals'")
    await run_jobs()
    assert await kept(shop) == await counted_anew(shop)


async def test_one_more_payment_reads_no_other_payment_of_its_consumer(shop: Shop) -> None:
    buyer = {"id": "regular"}
    for _ in range(40):
        await shop.paid(100, shopper=buyer)
    await run_jobs()
    async with db.lookup() as tx:
        await tx.run("set local role comptoir_owner")
        await tx.run("analyze operation")
    last = await shop.paid(100, shopper=buyer)
    said: list[tuple[str, list[Any]]] = []

    async def listening(tx: db.Tx, rows: Sequence[events.Event]) -> None:
        note = lambda record: said.append((record.query, record.args))  # noqa: E731
        tx.connection.add_query_logger(note)
        await payments.count_again(tx, rows)
        tx.connection.remove_query_logger(note)

    await run_jobs(followers=[events.Follower("consumers.totals", listening)])
    [(sql, args)] = said
    async with db.platform() as tx:  # Once more changes nothing, so it can be looked at.
        plan = json.loads(await tx.value("explain (analyze, format json) " + sql, *args))
    read = sum(n["Actual Rows"] * n["Actual Loops"] for n in nodes(plan[0]["Plan"]))
    assert read <= 2
    payment = (await shop.get(f"/payments/{last['payment']}")).json()
    assert await totals(shop, payment["consumer"]) == [("EUR", 41, 4100, 0)]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Where a plan reads operations."""
    if plan.get("Relation Name") == "operation":
        yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
