"""What the wire says beside an operation itself, fetched for many operations in eight questions."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from comptoir import payments, subscriptions
from comptoir.checkout.checkout import Checkout, list_checkouts
from comptoir.checkout.mandate import Mandate, mandates_of
from comptoir.kit import db
from comptoir.payments import Operation

LIMIT = 100_000  # Rows of one question; the doors ask for less.


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as far as each of its attempts repeats it."""

    id: UUID
    order_id: str
    description: str | None
    email: str | None
    shopper: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What was given beside the number."""

    operation_id: UUID
    payment_id: UUID
    ip: str | None
    holder: str | None
    expiry_month: int | None
    expiry_year: int | None
    order_id: str | None = None  # Of a rebill that is for another order.
    network: str | None = None  # Of a transfer, where the shopper chose it.
    avs: str | None = None  # What the issuer said of the address.


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything around a set of operations, by id."""

    payments: dict[UUID, PaymentFacts]
    checkouts: dict[UUID, Checkout]
    cards: dict[UUID, CardFacts]  # By operation, and by payment for what follows.
    refunded: dict[UUID, int]
    numbers: dict[UUID, int]
    subscriptions: dict[UUID, int]  # By payment.
    descriptors: dict[UUID, str | None] = field(default_factory=dict)  # By originator.
    mandates: dict[UUID, Mandate] = field(default_factory=dict)
    shifted: frozenset[UUID] = frozenset()  # Operations whose bank answers for a fraud.


async def load_facts(tx: db.Tx, operations: list[Operation]) -> Facts:
    """The facts around these operations, of one company."""
    ids = [o.id for o in operations]
    payment_ids = list({o.payment_id for o in operations})
    return Facts(
        await _payments(tx, payment_ids),
        {c.payment_id: c for c in await list_checkouts(tx, payment_ids)},
        await _cards(tx, payment_ids),
        await _refunded(tx, ids),
        await _numbers(tx, [o.refers_to for o in operations if o.refers_to is not None]),
        await subscriptions.numbers_of_payments(tx, payment_ids),
        await _descriptors(tx, list({o.originator_id for o in operations})),
        await mandates_of(tx, operations),
        await find_shifted(tx, ids),
    )


async def _payments(tx: db.Tx, payment_ids: list[UUID]) -> dict[UUID, PaymentFacts]:
    rows = await tx.all(
        PaymentFacts,
        "select id, order_id, description, email, shopper from payment"
        " where company_id = $1 and id = any($2::uuid[])",
        tx.company, payment_ids,
    )  # fmt: skip
    return {row.id: row for row in rows}


async def _cards(tx: db.Tx, payment_ids: list[UUID]) -> dict[UUID, CardFacts]:
    rows = await tx.all(
        CardFacts,
        "select d.operation_id, d.payment_id, d.ip, d.holder, d.expiry_month, d.expiry_year,"
        " d.order_id, d.network, a.code as avs from charge_detail d left join address_check a"
        " on a.company_id = d.company_id and a.operation_id = d.operation_id"
        " where d.company_id = $1 and d.payment_id = any($2::uuid[])"
        " order by d.at, d.operation_id limit $3",
        tx.company, payment_ids, LIMIT,
    )  # fmt: skip
    of_payments = {row.payment_id: row for row in rows if row.order_id is None}
    return of_payments | {row.operation_id: row for row in rows}


async def _refunded(tx: db.Tx, ids: list[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    rows = await tx.rows(
        "select refers_to, sum(amount_minor)::bigint as total from operation"
        " where company_id = $1 and refers_to = any($2::uuid[]) and kind = 'refund'"
        " and status = 'succeeded' and undone_by is null group by refers_to limit $3",
        tx.company, ids, LIMIT,
    )  # fmt: skip
    return {row["refers_to"]: row["total"] for row in rows}


async def _numbers(tx: db.Tx, ids: list[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    rows = await tx.rows(
        "select id, number from operation where company_id = $1 and id = any($2::uuid[])",
        tx.company, ids,
    )  # fmt: skip
    return {row["id"]: row["number"] for row in rows}


async def _descriptors(tx: db.Tx, ids: list[UUID]) -> dict[UUID, str | None]:
    rows = await tx.rows(
        "select id, coalesce(descriptor, name) as text from originator"
        " where company_id = $1 and id = any($2::uuid[])",
        tx.company, ids,
    )  # fmt: skip
    return {row["id"]: row["text"] for row in rows}


async def find_shifted(tx: db.Tx, ids: list[UUID]) -> frozenset[UUID]:
    """Those of these operations whose bank answers for a fraud, by the gateway's word."""
    rows = await tx.rows(
        "select operation_id from authentication where company_id = $1"
        " and operation_id = any($2::uuid[]) and shift limit $3",
        tx.company, ids, LIMIT,
    )  # fmt: skip
    return frozenset(row["operation_id"] for row in rows)


async def note_card(
    tx: db.Tx,
    operation: Operation,
    *,
    ip: str | None,
    holder: str | None,
    expiry: tuple[int, int] | None,
    terms: subscriptions.Terms | None = None,
    network: str | None = None,
) -> None:
    """Keep what was given beside the card number: never the number, never the code."""
    await tx.run(
        "insert into charge_detail (company_id, operation_id, payment_id, ip, holder,"
        " expiry_month, expiry_year, terms, at, network)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.company, operation.id, operation.payment_id, ip and ip[:64], holder and holder[:128],
        expiry and expiry[0], expiry and expiry[1], msgspec.to_builtins(terms),
        operation.occurred_at, network,
    )  # fmt: skip


async def find_network(tx: db.Tx, operation: Operation) -> str | None:
    """The network that the shopper chose for a transfer."""
    found: str | None = await tx.value(
        "select network from charge_detail where company_id = $1 and operation_id = $2",
        tx.company, operation.id,
    )  # fmt: skip
    return found


async def note_order(tx: db.Tx, operation: Operation, order_id: str) -> None:
    """Keep that a rebill is for an order of its own."""
    await tx.run(
        "insert into charge_detail (company_id, operation_id, payment_id, order_id, at)"
        " values ($1, $2, $3, $4, $5)",
        tx.company, operation.id, operation.payment_id, order_id, operation.occurred_at,
    )  # fmt: skip


async def get_details(tx: db.Tx, payment_id: UUID) -> tuple[Facts, list[Operation]]:
    """A payment's operations, oldest first, with their facts."""
    operations = await payments.list_operations(tx, payment_id)
    return await load_facts(tx, operations), operations
