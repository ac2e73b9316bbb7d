"""Operations: one row of the Transactions list each. Their facts never change, their status moves.

prepared -> sent -> succeeded | declined | rejected | pending | action_required | unknown | not_sent

`unknown` means that it may have happened: it never becomes a failure by time alone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.listing import Page, Query
from comptoir.kit.money import Money

OPERATIONS_LIMIT = 5_000  # Of one payment; nothing is added beyond (see `followup`).
ROOM = 500  # Kept for giving back: no new money is taken when only so many are left.
PAGE_LIMIT = 100


class Kind(StrEnum):
    """What an operation does; the words of the guide's Transactions page."""

    AUTHORIZE = "authorize"
    SALE = "sale"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REBILL = "rebill"
    CREDIT = "credit"
    CHECK = "3dscheck"
    SUBMISSION = "submission"
    COLLECTION = "collection"
    CHARGEBACK = "chargeback"
    DISPUTE = "dispute"
    RETRIEVAL = "retrieval"
    REVERSAL = "reversal"
    FRAUD = "fraud"
    REPRESENTMENT = "representment"


class Status(StrEnum):
    PREPARED = "prepared"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REJECTED = "rejected"
    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


FINAL = frozenset({Status.SUCCEEDED, Status.DECLINED, Status.REJECTED, Status.NOT_SENT})
_OPEN = [Status.SENT, Status.PENDING, Status.ACTION_REQUIRED, Status.UNKNOWN]

# Where each status may be reached from.
REACHED_FROM: dict[Status, list[Status]] = {
    Status.PREPARED: [],
    Status.SENT: [Status.PREPARED, Status.ACTION_REQUIRED],
    Status.SUCCEEDED: _OPEN,
    Status.DECLINED: _OPEN,
    Status.REJECTED: _OPEN,
    Status.PENDING: _OPEN,
    Status.ACTION_REQUIRED: [Status.SENT, Status.UNKNOWN, Status.ACTION_REQUIRED],
    Status.UNKNOWN: [Status.SENT, Status.PENDING, Status.UNKNOWN],
    Status.NOT_SENT: [Status.PREPARED, Status.SENT, Status.UNKNOWN],
}


@dataclass(frozen=True, slots=True)
class Operation:
    id: UUID
    company_id: UUID
    number: int
    payment_id: UUID
    originator_id: UUID
    account_id: UUID | None
    consumer_id: UUID | None
    live: bool
    source: str
    kind: Kind
    status: Status
    result_code: str | None
    refers_to: UUID | None
    amount: Money
    method: str
    brand: str | None
    card_first6: str | None
    card_last4: str | None
    card_token: UUID | None
    country: str | None
    reason: str | None
    action: dict[str, Any] | None
    financial: str
    sent_for_settlement_at: datetime | None
    settled_at: datetime | None
    capture_before: datetime | None
    next_try_at: datetime | None
    tries: int
    actor: str
    occurred_at: datetime
    finished_at: datetime | None
    import_id: UUID | None
    undone_by: UUID | None

    @property
    def card(self) -> str | None:
        """First six and last four, the one truncation of this installation (PCI DSS 3.4.1)."""
        if self.card_last4 is None:
            return None
        return f"{self.card_first6 or '······'}······{self.card_last4}"


_COLUMNS = (
    "id, company_id, number, payment_id, originator_id, account_id, consumer_id, live,"
    " source, kind, status, result_code, refers_to, amount_minor, currency, method, brand,"
    " card_first6, card_last4, card_token, country, reason, action, financial,"
    " sent_for_settlement_at, settled_at, capture_before, next_try_at, tries, actor, occurred_at,"
    " finished_at, import_id, undone_by"
)
SELECT = "select " + _COLUMNS + " from operation"  # noqa: S608  Constants.
# Of several payments at once, so many of each.
NEWEST = (
    "select "  # noqa: S608  Of constants alone.
    + _COLUMNS
    + " from unnest($1::uuid[], $2::uuid[]) as t(its_company, its_payment)"
    " cross join lateral (" + SELECT + " where company_id = t.its_company"
    " and payment_id = t.its_payment order by occurred_at desc, number desc limit $3) o"
    " order by occurred_at, number"
)


async def get_operation(tx: db.Tx, actor: Actor, operation_id: UUID) -> Operation:
    """An operation of the actor's company and mode, or `NotFound`."""
    found = await tx.one(
        Operation,
        SELECT + " where company_id = $1 and id = $2 and live = $3"
        " and ($4::uuid is null or originator_id = $4)",
        tx.company, operation_id, actor.live, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def get_by_number(tx: db.Tx, actor: Actor, number: int) -> Operation:
    """An operation by its decimal number, over all companies for platform staff."""
    found = await tx.one(
        Operation,
        SELECT + " where number = $1 and live = $2 and ($3::uuid is null or company_id = $3)"
        " and ($4::uuid is null or originator_id = $4)",
        number, actor.live, actor.company_id, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def lock_operation(tx: db.Tx, actor: Actor, operation_id: UUID) -> Operation:
    """`get_operation` that nobody else may refer to until this transaction ends."""
    found = await tx.one(
        Operation,
        SELECT + " where company_id = $1 and id = $2 and live = $3"
        " and ($4::uuid is null or originator_id = $4) for update",
        tx.company, operation_id, actor.live, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_operations(tx: db.Tx, payment_id: UUID) -> list[Operation]:
    """All operations of a payment, oldest first."""
    return await tx.all(
        Operation,
        SELECT + " where company_id = $1 and payment_id = $2"
        " order by occurred_at, number limit $3",
        tx.company, payment_id, OPERATIONS_LIMIT,
    )  # fmt: skip


async def page_operations(
    tx: db.Tx, payment_id: UUID, *, cursor: str | None = None, limit: int = 25
) -> Page[Operation]:
    """Operations of a payment page by page, newest first."""
    query = Query(_COLUMNS, "operation o", order=("o.occurred_at", "o.id"))
    query.where("o.company_id = ?", tx.company).where("o.payment_id = ?", payment_id)
    return await query.page(tx, Operation, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def list_children(tx: db.Tx, operation_id: UUID) -> list[Operation]:
    """What refers to an operation, oldest first."""
    return await tx.all(
        Operation,
        SELECT + " where company_id = $1 and refers_to = $2 order by occurred_at, number limit $3",
        tx.company, operation_id, OPERATIONS_LIMIT,
    )  # fmt: skip
