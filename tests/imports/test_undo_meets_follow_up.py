"""An import is taken back while somebody acts on what it brought: one of the two is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from comptoir import identity, imports, payments
from comptoir.kit import db
from comptoir.payments import Kind
from kit import Shop

Written = Callable[..., Path]
WAITING = "select count(*) from pg_locks where not granted"


async def imported(shop: Shop, written: Written, home: Path) -> payments.Operation:
    """A sale of another provider's history that this shop's gateway can be asked to refund."""
    header = "created_at,id,kind,amount,currency,gateway_reference"
    report = await imports.run_import(
        identity.command_line(shop.company.id),
        written(header, "2024-01-01T10:00:00Z,S1,sale,5.00,EUR,sbx_1"),
        shop.originator.number, home=home, account_id=shop.account.id,
    )  # fmt: skip
    async with db.transaction(company=shop.company.id) as tx:
        found = await tx.value("select id from operation where import_id = $1", report.import_id)
        return await payments.get_operation(tx, shop.actor(), found)


async def undo(shop: Shop, operation: payments.Operation) -> imports.UndoReport:
    assert operation.import_id is not None
    actor = identity.command_line(shop.company.id)
    return await imports.undo_import(actor, operation.import_id)


async def refund(shop: Shop, operation: payments.Operation) -> payments.Operation:
    return (await payments.follow_up(shop.actor(), Kind.REFUND, operation.id))[0]


@asynccontextmanager
async def held(database: str, sql: str, *row: Any) -> AsyncIterator[Callable[..., Any]]:
    """A row that nobody else gets at; `until` waits for so many who want it, or one another."""
    connection = await asyncpg.connect(database)
    await connection.execute("set role comptoir_owner")

    async def until(waiting: int, *tasks: asyncio.Task[Any]) -> None:
        while await connection.fetchval(WAITING) < waiting and not any(t.done() for t in tasks):
            pass

    try:
        async with connection.transaction():
            await connection.fetchval(sql, *row)
            yield until
    finally:
        await connection.close()


PAYMENT = "select 1 from payment where company_id = $1 and id = $2 for update"
OPERATION = "select 1 from operation where company_id = $1 and id = $2 for update"


async def test_an_undo_waits_for_a_refund_under_way_and_is_refused(
    shop: Shop, database: str, written: Written, tmp_path: Path
) -> None:
    sale = await imported(shop, written, tmp_path)
    async with held(database, PAYMENT, sale.company_id, sale.payment_id) as until:
        refunding = asyncio.create_task(refund(shop, sale))
        await until(1, refunding)  # It has looked and is about to commit its intention.
        undoing = asyncio.create_task(undo(shop, sale))
        await until(2, undoing)
    assert (await refunding).refers_to == sale.id
    with pytest.raises(imports.ImportUsed):
        await undoing
    async with db.transaction(company=shop.company.id) as tx:
        assert (await payments.get_operation(tx, shop.actor(), sale.id)).undone_by is None


async def test_a_refund_that_comes_while_an_import_is_undone_is_refused(
    shop: Shop, database: str, written: Written, tmp_path: Path
) -> None:
    sale = await imported(shop, written, tmp_path)
    async with held(database, OPERATION, sale.company_id, sale.id) as until:
        undoing = asyncio.create_task(undo(shop, sale))
        await until(1, undoing)  # It has begun, and its first batch wants the sale.
        refunding = asyncio.create_task(refund(shop, sale))
        await until(2, refunding)
    with pytest.raises(payments.NotPossible):
        await refunding
    assert (await undoing).undone == 1
