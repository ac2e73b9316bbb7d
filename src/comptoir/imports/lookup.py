"""Lookups: what the database already has of a batch, in a bounded number of questions."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from comptoir import consumers
from comptoir.imports.linking import Known, Original
from comptoir.imports.row import Row
from comptoir.imports.runs import OWN_ID, Run
from comptoir.kit import db
from comptoir.payments import Kind, Status


async def find_keys(tx: db.Tx, originator_id: UUID, rows: list[Row]) -> frozenset[UUID]:
    """Which rows have been imported before, by this file or another one."""
    found = await tx.value(
        "select array_agg(import_key) from operation where company_id = $1"
        " and originator_id = $2 and import_key = any($3::uuid[]) and import_key is not null"
        " and undone_by is null",
        tx.company, originator_id, [row.key for row in rows],
    )  # fmt: skip
    return frozenset(found or ())


async def look_up(tx: db.Tx, run: Run, rows: list[Row]) -> Known:
    """Everything that placing these rows may need."""
    return Known(
        await find_keys(tx, run.originator_id, rows),
        await _references(tx, run, rows),
        await _orders(tx, run, rows),
        await _consumers(tx, run, rows),
    )


async def _references(tx: db.Tx, run: Run, rows: list[Row]) -> dict[str, Original]:
    wanted = {row.reference for row in rows if row.reference is not None}
    if not wanted:
        return {}
    found = await tx.rows(
        "select r.value as name, o.id, o.payment_id, o.kind, o.status,"
        " o.currency::text as currency, o.occurred_at, p.source, p.amount_minor"
        " from gateway_reference r"
        " join operation o on o.company_id = r.company_id and o.id = r.operation_id"
        " join payment p on p.company_id = o.company_id and p.id = o.payment_id"
        " where r.company_id = $1 and r.value = any($2::text[]) and o.originator_id = $3"
        " and o.live = $4 and o.undone_by is null order by r.kind = $5",
        tx.company, list(wanted), run.originator_id, run.live, OWN_ID,
    )  # fmt: skip
    # A row's own id says more than the gateway's reference, so it comes last and stays.
    return {row["name"]: _original(row) for row in found}


async def _orders(tx: db.Tx, run: Run, rows: list[Row]) -> dict[str, list[Original]]:
    """Operations of the orders that rows name; of an order with very many, the newest payments."""
    wanted = {row.order for row in rows} | {row.reference for row in rows}
    found = await tx.rows(
        "select w.name, o.id, o.payment_id, o.kind, o.status, o.currency::text as currency,"
        " o.occurred_at, p.source, p.amount_minor from unnest($2::text[]) as w(name)"
        " cross join lateral (select y.id, y.source, y.amount_minor from payment y"
        "  where y.company_id = $1 and y.order_id = w.name and y.originator_id = $3"
        "  and y.live = $4 order by y.occurred_at desc, y.id desc limit 20) p"
        " cross join lateral (select x.id, x.payment_id, x.kind, x.status, x.currency,"
        "  x.occurred_at from operation x where x.company_id = $1 and x.payment_id = p.id"
        "  and x.undone_by is null limit 50) o order by o.occurred_at, o.id",
        tx.company, [name for name in wanted if name is not None], run.originator_id, run.live,
    )  # fmt: skip
    orders: dict[str, list[Original]] = {}
    for row in found:
        orders.setdefault(row["name"], []).append(_original(row))
    return orders


def _original(row: Any) -> Original:
    return Original(
        row["id"], row["payment_id"], Kind(row["kind"]), Status(row["status"]), row["currency"],
        row["occurred_at"], row["source"] == "imported", row["amount_minor"],
    )  # fmt: skip


async def _consumers(tx: db.Tx, run: Run, rows: list[Row]) -> dict[tuple[str, bytes], UUID]:
    wanted = {
        key for row in rows for key in consumers.recognition_keys(row.shop_id, row.email, None)
    }
    if not wanted:
        return {}
    kinds, values = zip(*wanted, strict=True)
    found = await tx.rows(
        "select k.kind, k.value, k.consumer_id"
        " from unnest($3::text[], $4::bytea[]) as w(kind, value)"
        " cross join lateral (select x.kind, x.value, x.consumer_id from consumer_key x"
        "  where x.company_id = $1 and x.live = $2 and x.kind = w.kind and x.value = w.value"
        "  limit 1) k",
        tx.company, run.live, list(kinds), list(values),
    )  # fmt: skip
    return {(row["kind"], row["value"]): row["consumer_id"] for row in found}


async def list_waiting(
    tx: db.Tx, import_id: UUID, after: tuple[datetime, int], limit: int
) -> list[Row]:
    """The next rows that wait, in the order of their own time."""
    found = await tx.rows(
        "select content from import_waiting where company_id = $1 and import_id = $2"
        " and (at, line) > ($3, $4) order by at, line limit $5",
        tx.company, import_id, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(row["content"], Row) for row in found]
