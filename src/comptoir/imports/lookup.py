"""Lookups: what the database already has of a batch, in a bounded number of questions.

Each asks one table for many names at once and joins nothing. PostgreSQL knows little of a company
that is new: whatever plan it then makes, it reads the company's rows once for a batch at most, and
not once for each name.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from comptoir import consumers
from comptoir.imports.linking import PARTS, Known, Original
from comptoir.imports.row import Row
from comptoir.imports.runs import OWN_ID, Run
from comptoir.kit import db
from comptoir.payments import Kind, Status

PAYMENTS_OF_ORDER = 20
OPERATIONS_OF_PAYMENT = 50
GONE = (Status.DECLINED, Status.REJECTED, Status.NOT_SENT)  # As `operation_limits` has it.


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
    # Without statistics a bitmap of the index of trigrams looks cheaper than the orders' own index;
    # it then takes seconds to find a thousand names.
    await tx.run("set local enable_bitmapscan = off")
    references, orders = await _references(tx, run, rows), await _orders(tx, run, rows)
    originals = [*references.values(), *itertools.chain.from_iterable(orders.values())]
    return Known(
        keys=await find_keys(tx, run.originator_id, rows),
        references=references,
        orders=orders,
        consumers=await _consumers(tx, run, rows),
        named=await find_named(tx, run.originator_id, rows),
        repeats=bool(run.mapping["identity"]),
        taken=await _taken(tx, [original.id for original in originals], rows),
    )


async def find_named(
    tx: db.Tx, originator_id: UUID, rows: list[Row]
) -> set[tuple[str | None, Kind]]:
    """Which ids of these rows belong to operations already, and of what kind these are."""
    ids = [row.id for row in rows if row.id is not None]
    if not ids:
        return set()
    named = await tx.rows(
        "select value, operation_id from gateway_reference"
        " where company_id = $1 and account_id = $2 and kind = $3 and value = any($4::text[])",
        tx.company, originator_id, OWN_ID, ids,
    )  # fmt: skip
    if not named:
        return set()
    operations = await tx.rows(
        "select id, kind from operation where company_id = $1 and id = any($2::uuid[])"
        " and undone_by is null",
        tx.company, [row["operation_id"] for row in named],
    )  # fmt: skip
    kinds = {row["id"]: Kind(row["kind"]) for row in operations}
    return {
        (row["value"], kinds[row["operation_id"]]) for row in named if row["operation_id"] in kinds
    }


async def _taken(
    tx: db.Tx, originals: list[UUID], rows: list[Row]
) -> dict[UUID, dict[UUID, tuple[Kind, int]]]:
    """What has been captured, cancelled or refunded of the originals, or may yet have been."""
    if not originals or not any(row.kind in PARTS for row in rows):
        return {}
    found = await tx.rows(
        "select refers_to, id, kind, amount_minor from operation where company_id = $1"
        " and refers_to = any($2::uuid[]) and kind = any($3::text[]) and undone_by is null"
        " and status <> all($4::text[])",
        tx.company, originals, list(PARTS), [status.value for status in GONE],
    )  # fmt: skip
    taken: dict[UUID, dict[UUID, tuple[Kind, int]]] = {}
    for row in found:
        taken.setdefault(row["refers_to"], {})[row["id"]] = (
            Kind(row["kind"]), row["amount_minor"],
        )  # fmt: skip
    return taken


async def _references(tx: db.Tx, run: Run, rows: list[Row]) -> dict[str, Original]:
    wanted = {row.reference for row in rows if row.reference is not None}
    if not wanted:
        return {}
    # A row's own id says more than the gateway's reference, so it comes last and stays.
    named = await tx.rows(
        "select value, operation_id from gateway_reference"
        " where company_id = $1 and value = any($2::text[]) order by kind = $3",
        tx.company, list(wanted), OWN_ID,
    )  # fmt: skip
    operations = await tx.rows(
        "select id, payment_id, kind, status, currency::text as currency, amount_minor, occurred_at"
        " from operation where company_id = $1 and id = any($2::uuid[]) and originator_id = $3"
        " and live = $4 and undone_by is null",
        tx.company, [row["operation_id"] for row in named], run.originator_id, run.live,
    )  # fmt: skip
    payments = await tx.rows(
        "select id, source, amount_minor from payment"
        " where company_id = $1 and id = any($2::uuid[])",
        tx.company, list({row["payment_id"] for row in operations}),
    )  # fmt: skip
    found = {original.id: original for original in _originals(operations, payments)}
    ids = ((row["value"], row["operation_id"]) for row in named)
    return {name: found[operation_id] for name, operation_id in ids if operation_id in found}


async def _orders(tx: db.Tx, run: Run, rows: list[Row]) -> dict[str, list[Original]]:
    """Operations of the orders that rows name; of an order with very many, the newest payments."""
    wanted = {row.order for row in rows} | {row.reference for row in rows}
    payments = await tx.rows(
        "select id, order_id, source, amount_minor from (select id, order_id, source,"
        "  amount_minor, row_number() over (partition by order_id"
        "   order by occurred_at desc, id desc) as place from payment"
        "  where company_id = $1 and order_id = any($2::text[]) and originator_id = $3"
        "  and live = $4) p where place <= $5",
        tx.company, [name for name in wanted if name is not None], run.originator_id, run.live,
        PAYMENTS_OF_ORDER,
    )  # fmt: skip
    if not payments:
        return {}
    operations = await tx.rows(
        "select id, payment_id, kind, status, currency, amount_minor, occurred_at from (select id,"
        "  payment_id, kind, status, currency::text as currency, amount_minor, occurred_at,"
        "  row_number() over ("
        "   partition by payment_id order by occurred_at desc, id desc) as place from operation"
        "  where company_id = $1 and payment_id = any($2::uuid[]) and undone_by is null) o"
        " where place <= $3 order by occurred_at, id",
        tx.company, [row["id"] for row in payments], OPERATIONS_OF_PAYMENT,
    )  # fmt: skip
    names = {row["id"]: row["order_id"] for row in payments}
    orders: dict[str, list[Original]] = {}
    for original in _originals(operations, payments):
        orders.setdefault(names[original.payment_id], []).append(original)
    return orders


def _originals(operations: list[Any], payments: list[Any]) -> Iterator[Original]:
    """Operations with what is asked of their payments."""
    asked = {row["id"]: (row["source"] == "imported", row["amount_minor"]) for row in payments}
    for row in operations:
        yield Original(
            row["id"], row["payment_id"], Kind(row["kind"]), Status(row["status"]),
            row["currency"], row["occurred_at"], *asked[row["payment_id"]], row["amount_minor"],
        )  # fmt: skip


async def _consumers(tx: db.Tx, run: Run, rows: list[Row]) -> dict[tuple[str, bytes], UUID]:
    wanted = {
        key for row in rows for key in consumers.recognition_keys(row.shop_id, row.email, None)
    }
    if not wanted:
        return {}
    kinds, values = zip(*wanted, strict=True)
    found = await tx.rows(
        "select kind, value, consumer_id from consumer_key where company_id = $1 and live = $2"
        " and kind = any($3::text[]) and value = any($4::bytea[])",
        tx.company, run.live, list(set(kinds)), list(set(values)),
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
