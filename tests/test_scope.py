"""One company cannot see another, twice over: what row-level security alone keeps apart."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from comptoir.kit import db, ids
from comptoir.kit.actor import Actor, ActorKind
from kit import Shop

# Not a tenant's: found by keyed hash through a function, or ids only, read by company in the SQL.
NOT_TENANT = {"directory", "membership", "session"}
FILLED = {
    "originator", "api_key", "merchant_account", "originator_account", "consumer", "consumer_key",
    "payment", "operation", "card_token", "gateway_reference", "gateway_call", "decision", "event",
    "idempotency", "entry",
}  # fmt: skip


async def tenant_tables() -> list[str]:
    async with db.lookup() as tx:
        rows = await tx.rows(
            "select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid"
            " where a.attname = 'company_id' and c.relkind = 'r'"
            " and c.relnamespace = 'public'::regnamespace order by 1"
        )
    return [row["relname"] for row in rows if row["relname"] not in NOT_TENANT]


async def test_every_table_with_a_company_keeps_companies_apart(database: str) -> None:
    names = await tenant_tables()
    assert len(names) > 20
    async with db.lookup() as tx:
        rows = await tx.rows(
            "select c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,"
            " (select string_agg(pg_get_expr(p.polqual, p.polrelid), ' ') from pg_policy p"
            "  where p.polrelid = c.oid and p.polname = 'tenant'"
            "  and p.polroles = array['comptoir_app'::regrole::oid]) as tenant"
            " from pg_class c where c.relname = any($1)",
            names,
        )
    bare = [row["relname"] for row in rows if not row["forced"]]
    assert bare == []
    assert {row["tenant"] for row in rows} == {
        "(company_id = (NULLIF(current_setting('comptoir.company'::text, true), ''::text))::uuid)"
    }


async def test_every_key_of_a_tenants_table_begins_with_its_company(database: str) -> None:
    async with db.lookup() as tx:
        rows = await tx.rows(
            "select c.relname || '.' || o.conname as name, a.attname as first"
            " from pg_constraint o join pg_class c on c.oid = o.conrelid"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum = o.conkey[1]"
            " where c.relname = any($1) and o.contype in ('p', 'f')",
            await tenant_tables(),
        )
    assert [row["name"] for row in rows if row["first"] != "company_id"] == []


async def counts(company: UUID, of: UUID) -> dict[str, int]:
    """Rows of a company in every table, as seen in the scope of another or its own."""
    found = {}
    async with db.transaction(company=company) as tx:
        for table in await tenant_tables():
            found[table] = await tx.value(f"select count(*) from {table} where company_id = $1", of)
    return found


async def test_rows_of_another_company_do_not_exist(shop: Shop, other_shop: Shop) -> None:
    sale = await other_shop.paid(shopper={"id": "ada"}, key="one")
    await other_shop.follow(sale, "refunds", 100)
    own = await counts(other_shop.company.id, other_shop.company.id)
    assert {table for table, number in own.items() if number} >= FILLED
    assert set((await counts(shop.company.id, other_shop.company.id)).values()) == {0}


async def test_a_change_reaches_no_row_of_another_company(shop: Shop, other_shop: Shop) -> None:
    await other_shop.paid()
    async with db.transaction(company=shop.company.id) as tx:
        touched = await tx.run(
            "update operation set next_try_at = now() where company_id = $1", other_shop.company.id
        )
    assert touched == 0


async def test_no_row_is_written_for_another_company(shop: Shop, other_shop: Shop) -> None:
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.run(
                "insert into list_entry (company_id, id, live, list, kind, value, shown, actor,"
                " created_at) values ($1, $2, false, 'blacklist', 'email', '', 'x', 'x', now())",
                other_shop.company.id, ids.new(),
            )  # fmt: skip


async def test_without_a_scope_no_row_of_any_company_exists(shop: Shop) -> None:
    await shop.paid()
    async with db.lookup() as tx:
        for table in await tenant_tables():
            assert await tx.value(f"select count(*) from {table}") == 0, table


@pytest.mark.parametrize("company", [None, "", "0190a6b2-0000-7000-8000-000000000001"])
async def test_a_transaction_needs_a_company_that_is_one(company: Any, database: str) -> None:
    with pytest.raises(db.NoScope):
        db.transaction(company=company)


async def test_who_is_not_platform_staff_never_reads_over_all_companies(database: str) -> None:
    nobody = Actor(ActorKind.USER, "x", "x", None, live=False, permissions=frozenset())
    with pytest.raises(db.NoScope):
        db.reads(nobody)


async def test_the_scope_ends_with_its_transaction(shop: Shop) -> None:
    for _ in range(25):  # More than the pool has connections: each has been scoped once.
        async with db.transaction(company=shop.company.id) as tx:
            assert await tx.value("select count(*) from originator") == 1
    async with db.lookup() as tx:
        assert await tx.value("select count(*) from originator") == 0
