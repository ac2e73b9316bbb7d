"""`/api/v1/transactions`: the Transactions list with the same query as on the page."""

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from comptoir import payments
from comptoir.api.listing import ApiPage, Cursor, Limit
from comptoir.edge.http import get
from comptoir.identity import Permission
from comptoir.kit import ids
from comptoir.kit.actor import Actor

Query = Annotated[
    str,
    QueryParameter(
        name="q",
        max_length=500,
        description="`status:declined amount:>100 country:ES card:1111`, or free text",
    ),
]


class Transaction(msgspec.Struct, frozen=True):
    id: str
    number: int
    payment: str
    kind: str
    status: str
    result_code: str | None
    amount: int
    currency: str
    order_id: str
    email: str | None
    brand: str | None
    last4: str | None
    country: str | None
    originator: int
    financial_status: str
    source: str
    occurred_at: str


class Total(msgspec.Struct, frozen=True):
    """Sum over everything that matches, by kind, status and currency."""

    kind: str
    status: str
    currency: str
    number: int
    amount: int


class Totals(msgspec.Struct, frozen=True):
    """Sums of what matches; `zone` is where the days of `from:` and `to:` begin."""

    zone: str
    totals: list[Total]
    consumers: int
    without_consumer: int


@get("/api/v1/transactions", needs=Permission.TRANSACTION_READ, tags=["Transactions"])
async def list_transactions(
    actor: Actor, q: Query = "", cursor: Cursor = None, limit: Limit = 25
) -> ApiPage[Transaction]:
    """Operations that match, newest first."""
    asked = payments.parse(q)
    page = await payments.list_transactions(actor, asked, cursor=cursor, limit=limit)
    rows = [_shape(row) for row in page.rows]
    return ApiPage(rows, page.next, page.previous, not page.whole)


@get("/api/v1/transactions/totals", needs=Permission.TRANSACTION_READ, tags=["Transactions"])
async def get_totals(actor: Actor, q: Query = "") -> Totals:
    """Exact numbers and sums of what matches."""
    asked = payments.parse(q)
    totals = await payments.total_transactions(actor, asked)
    known = await payments.count_consumers(actor, asked)
    return Totals(
        await payments.get_zone(actor, asked),
        [Total(t.kind, t.status, t.currency, t.number, t.sum_minor) for t in totals],
        known.consumers,
        known.without,
    )


def _shape(row: payments.Transaction) -> Transaction:
    return Transaction(
        id=ids.typeid("op", row.id),
        number=row.number,
        payment=ids.typeid("pay", row.payment_id),
        kind=row.kind,
        status=row.status,
        result_code=row.result_code,
        amount=row.amount.minor,
        currency=row.amount.currency,
        order_id=row.order_id,
        email=row.email,
        brand=row.brand,
        last4=row.card_last4,
        country=row.country,
        originator=row.originator_number,
        financial_status=row.financial,
        source=row.source,
        occurred_at=row.occurred_at.isoformat(),
    )
