"""`/api/v1/subscriptions`: what shoppers pay again and again; look them up and cancel them."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from comptoir import subscriptions
from comptoir.api.listing import ApiPage, Cursor, Limit
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor

PATH = "/api/v1/subscriptions"
Query = Annotated[
    str,
    QueryParameter(
        name="q",
        max_length=500,
        description="`state:active,retry due:2026-01-31 email:ada@shop.example`, or free text",
    ),
]


class Subscription(msgspec.Struct, frozen=True):
    """An agreement to pay again. Amounts in minor units, periods as ISO 8601 durations."""

    id: str
    number: int
    state: str
    type: str
    amount: int
    currency: str
    period: str | None
    iterations: int
    iterations_left: int | None
    retries: int
    next_charge_at: str | None
    cancel_reason: int | None
    started_at: str
    cancelled_at: str | None
    ended_at: str | None
    payment: str
    order_id: str
    email: str | None
    originator: int


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it ends: a code of 1000 to 1023, or 1099. 1000 to 1004 end it at once."""

    reason: Annotated[int, Meta(ge=1000, le=1099)]


@get(PATH, needs=Permission.SUBSCRIPTION_READ, tags=["Subscriptions"])
async def list_subscriptions(
    actor: Actor, q: Query = "", cursor: Cursor = None, limit: Limit = 25
) -> ApiPage[Subscription]:
    """Subscriptions that match, what began last first."""
    asked = subscriptions.parse(q)
    page = await subscriptions.list_page(actor, asked, cursor=cursor, limit=limit)
    return ApiPage([_shape(row) for row in page.rows], page.next, page.previous, not page.whole)


@get(f"{PATH}/{{subscription_id:str}}", needs=Permission.SUBSCRIPTION_READ, tags=["Subscriptions"])
async def get_subscription(actor: Actor, subscription_id: str) -> Subscription:
    """One subscription by its id (`sub_…`)."""
    return await _get(actor, ids.untype("sub", subscription_id))


@post(
    f"{PATH}/{{subscription_id:str}}/cancel",
    needs=Permission.SUBSCRIPTION_CANCEL,
    status_code=200,
    tags=["Subscriptions"],
)
async def cancel(actor: Actor, subscription_id: str, data: Cancellation) -> Subscription:
    """End it: at once for a bank's reason, else when the period that is paid is over."""
    wanted = ids.untype("sub", subscription_id)
    async with db.transaction(company=company_of(actor)) as tx:
        await subscriptions.cancel(tx, actor, wanted, data.reason)
    return await _get(actor, wanted)


async def _get(actor: Actor, subscription_id: UUID) -> Subscription:
    async with db.reads(actor) as tx:
        return _shape(await subscriptions.get_listed(tx, actor, subscription_id))


def _shape(row: subscriptions.Listed) -> Subscription:
    return Subscription(
        id=ids.typeid("sub", row.id),
        number=row.number,
        state=row.state,
        type=row.kind,
        amount=row.rebill.minor,
        currency=row.rebill.currency,
        period=row.rebill_period,
        iterations=row.iterations,
        iterations_left=row.iterations_left,
        retries=row.retries,
        next_charge_at=None if row.next_charge is None else row.next_charge.isoformat(),
        cancel_reason=row.cancel_reason,
        started_at=row.started_at.isoformat(),
        cancelled_at=None if row.cancelled_at is None else row.cancelled_at.isoformat(),
        ended_at=None if row.ended_at is None else row.ended_at.isoformat(),
        payment=ids.typeid("pay", row.payment_id),
        order_id=row.order_id,
        email=row.email,
        originator=row.originator_number,
    )
