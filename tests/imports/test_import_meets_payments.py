"""A payment recognises a shopper while an import that knows nothing of it is on its way."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from comptoir import consumers
from comptoir.kit import db
from kit_imports import Books

Written = Callable[..., Path]
ROWS, SHOPPERS = 6000, 3  # Three batches.
WAITING = "select count(*) from pg_locks where not granted"


async def test_batches_on_their_way_are_planned_again_when_a_payment_came_first(
    books: Books, written: Written
) -> None:
    lines = [f"2024-01-01T10:00:00Z,{n},sale,1.00,EUR,{n % SHOPPERS}" for n in range(ROWS)]
    path = written("created_at,order_id,kind,amount,currency,customer_id", *lines)
    async with db.transaction(company=books.company.id) as tx:
        await tx.run("lock table consumer in exclusive mode")
        importing = asyncio.create_task(books.run(path))
        while await tx.value(WAITING) < 2:  # One batch at this lock, the next behind it.
            assert not importing.done()
        first = await consumers.create_consumer(tx, books.actor, shop_id="0")
    report = await importing
    assert (report.added, report.refused, report.alone) == (ROWS, 0, 0)
    async with db.transaction(company=books.company.id) as tx:
        found = await tx.rows(
            "select c.shop_id, c.id, count(p.id) as payments from consumer c"
            " join payment p on p.company_id = c.company_id and p.consumer_id = c.id"
            " where c.company_id = $1 group by c.company_id, c.id order by c.shop_id",
            tx.company,
        )
    assert [row["shop_id"] for row in found] == ["0", "1", "2"]
    assert found[0]["id"] == first.id
    assert sum(row["payments"] for row in found) == ROWS
