"""Payments: what a shopper is asked to pay. Their status is derived from their operations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.listing import Page, Query
from comptoir.kit.money import Money
from comptoir.payments.operation import NEWEST, Operation
from comptoir.payments.sums import OperationSum, list_sums

PAGE_LIMIT = 100
SHOWN = 50  # Operations of each payment of a list, the newest; all of them have pages of their own.
DETAILS_LIMIT = 2_000  # Exchanges or decisions of one payment that are read at once.

_COLUMNS = (
    "p.id, p.company_id, p.live, p.source, p.originator_id, p.consumer_id, p.order_id,"
    " p.description, p.amount_minor, p.currency, p.mode, p.method, p.email, p.shopper, p.custom,"
    " p.occurred_at, p.recorded_at, p.import_id"
)


@dataclass(frozen=True, slots=True)
class Payment:
    id: UUID
    company_id: UUID
    live: bool
    source: str
    originator_id: UUID
    consumer_id: UUID | None
    order_id: str
    description: str | None
    amount: Money
    mode: str
    method: str
    email: str | None
    shopper: dict[str, Any]
    custom: str | None
    occurred_at: datetime
    recorded_at: datetime
    import_id: UUID | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a payment: its newest operations, and the sums of all of them."""

    newest: list[Operation]
    sums: list[OperationSum]

    @property
    def number(self) -> int:
        return sum(one.number for one in self.sums)


@dataclass(frozen=True, slots=True)
class GatewayCall:
    """One exchange with a gateway, redacted before it was stored."""

    id: UUID
    operation_id: UUID
    account_id: UUID
    purpose: str
    at: datetime
    milliseconds: int
    request: dict[str, Any]
    answer: dict[str, Any] | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    id: UUID
    operation_id: UUID
    kind: str
    version: str
    outcome: str
    inputs: dict[str, Any]
    reasons: list[dict[str, Any]]
    at: datetime


async def get_payment(tx: db.Tx, actor: Actor, payment_id: UUID) -> Payment:
    """A payment of the actor's company and mode, or `NotFound`."""
    found = await tx.one(
        Payment,
        "select id, company_id, live, source, originator_id, consumer_id, order_id, description,"
        " amount_minor, currency, mode, method, email, shopper, custom, occurred_at, recorded_at,"
        " import_id from payment where company_id = $1 and id = $2 and live = $3"
        " and ($4::uuid is null or originator_id = $4)",
        tx.company, payment_id, actor.live, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_payments(
    actor: Actor,
    *,
    order_id: str | None = None,
    consumer_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 25,
) -> tuple[Page[Payment], dict[UUID, Summary]]:
    """Payments of the actor's mode, newest first, with what became of each."""
    query = Query(_COLUMNS, "payment p", order=("p.occurred_at", "p.id"))
    query.where("p.live = ?", actor.live)
    if actor.company_id is not None:
        query.where("p.company_id = ?", actor.company_id)
    if actor.originator_id is not None:
        query.where("p.originator_id = ?", actor.originator_id)
    if order_id is not None:
        query.where("p.order_id = ?", order_id)
    if consumer_id is not None:
        query.where("p.consumer_id = ?", consumer_id)
    async with db.reads(actor) as tx:
        page = await query.page(tx, Payment, cursor=cursor, limit=min(limit, PAGE_LIMIT))
        return page, await summaries(tx, page.rows)


async def summaries(tx: db.Tx, payments: list[Payment]) -> dict[UUID, Summary]:
    """The newest operations of each payment, oldest of them first, and the sums of all."""
    companies, wanted = [p.company_id for p in payments], [p.id for p in payments]
    operations = await tx.all(
        Operation,
        NEWEST,
        companies, wanted, SHOWN,
    )  # fmt: skip
    sums = await list_sums(tx, list(set(companies)), wanted)
    grouped: dict[UUID, list[Operation]] = {payment_id: [] for payment_id in wanted}
    for operation in operations:
        grouped[operation.payment_id].append(operation)
    return {name: Summary(grouped[name], sums[name]) for name in wanted}


async def list_gateway_calls(tx: db.Tx, operation_ids: list[UUID]) -> list[GatewayCall]:
    """The exchanges for some operations, oldest first; of too many, the newest."""
    found = await tx.all(
        GatewayCall,
        "select id, operation_id, account_id, purpose, at, milliseconds, request, answer, fault"
        " from gateway_call where company_id = $1 and operation_id = any($2::uuid[])"
        " order by at desc, id desc limit $3",
        tx.company, operation_ids, DETAILS_LIMIT,
    )  # fmt: skip
    return found[::-1]


async def list_decisions(tx: db.Tx, payment_id: UUID) -> list[StoredDecision]:
    """Why a payment went its way, oldest first; of too many, the newest."""
    found = await tx.all(
        StoredDecision,
        "select id, operation_id, kind, version, outcome, inputs, reasons, at from decision"
        " where company_id = $1 and payment_id = $2 order by at desc, id desc limit $3",
        tx.company, payment_id, DETAILS_LIMIT,
    )  # fmt: skip
    return found[::-1]
