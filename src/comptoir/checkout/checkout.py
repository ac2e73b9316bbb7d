"""Checkouts: payments that were prepared and wait for their shopper.

Not processed -> Pending (an attempt failed or is under way) -> Authorized | Not authorized |
Expired | Call failed. The status is derived from the payment's operations, never set by hand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any
from uuid import UUID

from comptoir import payments
from comptoir.checkout.prepared import Prepared, pack, unpack
from comptoir.checkout.token import (
    CUSTOMER,
    MERCHANT,
    Tokens,
    is_token,
    new_tokens,
    open_tokens,
    seal_tokens,
    token_hash,
)
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money
from comptoir.kit.period import Period
from comptoir.payments import Kind, Operation, Status

DEFAULT_VALIDITY = timedelta(days=30)
STEPS_LIMIT = 200
FIRST_KINDS = frozenset({Kind.SALE, Kind.AUTHORIZE, Kind.SUBMISSION})
UNDER_WAY = frozenset(
    {Status.PREPARED, Status.SENT, Status.PENDING, Status.UNKNOWN, Status.ACTION_REQUIRED}
)
_SELECT = (
    "select c.company_id, c.payment_id, c.live, c.originator_id, c.tokens, c.prepared,"
    " p.amount_minor, p.currency, c.valid_until, c.attempts, c.max_attempts, c.cancelled_at,"
    " c.created_at from checkout c"
    " join payment p on p.company_id = c.company_id and p.id = c.payment_id"
)


class State(StrEnum):
    """The six statuses, in the words of the wire."""

    NOT_PROCESSED = "Not processed"
    PENDING = "Pending"
    AUTHORIZED = "Authorized"
    NOT_AUTHORIZED = "Not authorized"
    EXPIRED = "Expired"
    CALL_FAILED = "Call failed"


@dataclass(frozen=True, slots=True)
class _Row:
    company_id: UUID
    payment_id: UUID
    live: bool
    originator_id: UUID
    tokens: bytes
    prepared: dict[str, Any]
    amount: Money
    valid_until: datetime
    attempts: int
    max_attempts: int
    cancelled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A prepared payment with its document read and its tokens opened."""

    company_id: UUID
    payment_id: UUID
    live: bool
    originator_id: UUID
    tokens: Tokens
    prepared: Prepared
    amount: Money
    valid_until: datetime
    attempts: int
    max_attempts: int
    cancelled_at: datetime | None
    created_at: datetime

    @property
    def expired(self) -> bool:
        return clock.now() >= self.valid_until

    @property
    def cancellation(self) -> str:
        """Names the cancellation that stands; forms from before it are old. Empty: none stands."""
        return "" if self.cancelled_at is None else f"{self.cancelled_at:%Y%m%d%H%M%S%f}"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a shopper did."""

    at: datetime
    kind: str
    ip: str | None
    details: str | None


async def prepare(
    actor: Actor,
    seller: payments.Seller,
    asked: Prepared,
    amount: Money,
    *,
    validity: Period | None = None,
    ip: str | None = None,
) -> Tokens:
    """Keep what the shop asks for; its shopper pays with the customer's token."""
    tokens, now = new_tokens(), clock.now()
    until = now + DEFAULT_VALIDITY if validity is None else validity.after(now)
    payment_id = ids.new()
    new = payments.NewPayment(
        asked.order_id, amount, _MODES[asked.mode], METHODS[asked.method or "CreditCard"],
        asked.payer(), asked.description, asked.custom,
    )  # fmt: skip
    await db.call(
        "select prepare_checkout_v1($1, $2, $3, $4, $5, $6)",
        seller.company_id, payments.prepare_payment(actor, seller, new, payment_id),
        {
            "api_version": asked.api_version, "prepared": pack(asked),
            "callback": asked.callback_url is not None, "theme_id": asked.theme_id,
            "valid_until": until, "step_id": ids.new(), "ip": ip and ip[:64],
        },
        seal_tokens(payment_id, tokens), token_hash(tokens.merchant), token_hash(tokens.customer),
    )  # fmt: skip
    return tokens


_MODES = {
    "Single": "single",
    "OnShipping": "on_shipping",
    "Recurrent": "recurrent",
    "InstalmentsPayments": "instalments",
}
# The wire's payment methods and ours.
METHODS = {
    "CreditCard": "card",
    "BankTransfer": "bank_transfer",
    "DirectDebit": "direct_debit",
    "WeChat": "wechat",
    "Alipay": "alipay",
    "Upi": "upi",
    "Line": "line",
    "UnionPay": "unionpay",
    "Bancontact": "bancontact",
}


def state_of(checkout: Checkout, operations: list[Operation]) -> State:
    """The status of a prepared payment, from its first operations and its limits."""
    firsts = first_operations(operations)
    if any(o.status is Status.SUCCEEDED for o in firsts):
        return State.AUTHORIZED
    if any(o.status in UNDER_WAY for o in firsts):
        return State.PENDING
    if firsts and checkout.attempts >= checkout.max_attempts:
        failed = all(o.status in (Status.REJECTED, Status.NOT_SENT) for o in firsts)
        return State.CALL_FAILED if failed else State.NOT_AUTHORIZED
    if checkout.expired:
        return State.EXPIRED
    return State.PENDING if firsts else State.NOT_PROCESSED


def first_operations(operations: list[Operation]) -> list[Operation]:
    """The shopper's own attempts, oldest first: what refers to nothing."""
    return [o for o in operations if o.kind in FIRST_KINDS and o.refers_to is None]


async def note_step(
    tx: db.Tx, payment_id: UUID, kind: str, ip: str | None, details: str | None = None
) -> None:
    """Write down what the shopper did, for whoever has to explain it later."""
    await tx.run(
        "insert into checkout_step (company_id, payment_id, id, at, kind, ip, details)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        tx.company, payment_id, ids.new(), clock.now(), kind, ip and ip[:64],
        details and details[:256],
    )  # fmt: skip


async def note_seldom(
    tx: db.Tx, payment_id: UUID, kind: str, ip: str | None, *, once: bool = False
) -> None:
    """Write down what anybody with the link may do for ever, until there are enough such steps.

    `once`: only the first time from there.
    """
    known = await tx.row(
        "select count(*) as steps, coalesce(bool_or(kind = $3 and ip is not distinct from $4),"
        " false) as same from (select kind, ip from checkout_step where company_id = $1"
        " and payment_id = $2 limit $5) s",
        tx.company, payment_id, kind, ip and ip[:64], STEPS_LIMIT,
    )  # fmt: skip
    assert known is not None, "a count is always there"
    if known["steps"] < STEPS_LIMIT and not (once and known["same"]):
        await note_step(tx, payment_id, kind, ip)


async def list_steps(tx: db.Tx, payment_id: UUID) -> list[Step]:
    """A shopper's steps, oldest first. The newest, where there are too many."""
    found = await tx.all(
        Step,
        "select at, kind, ip, details from checkout_step where company_id = $1"
        " and payment_id = $2 order by id desc limit $3",
        tx.company, payment_id, STEPS_LIMIT,
    )  # fmt: skip
    found.reverse()
    found.sort(key=attrgetter("at"))  # Names made in the same millisecond are in no order.
    return found


async def find_by_customer_token(token: str) -> Checkout:
    """For the shopper's page. Raises `NotFound`."""
    return await _by_token(CUSTOMER, token)


async def find_by_merchant_token(actor: Actor, token: str) -> Checkout:
    """For the shop's questions: its own payments of its own mode only."""
    found = await _by_token(MERCHANT, token)
    owner = (found.company_id, found.live, found.originator_id)
    if owner != (actor.company_id, actor.live, actor.originator_id):
        raise NotFound
    return found


async def _by_token(kind: str, token: str) -> Checkout:
    if not is_token(token):
        raise NotFound
    row = await db.call(
        "select company_id, payment_id, live, originator_id, tokens, prepared, amount_minor,"
        " currency, valid_until, attempts, max_attempts, cancelled_at, created_at"
        " from find_checkout_v1($1, $2)",
        kind, token_hash(token),
    )  # fmt: skip
    if row["payment_id"] is None:
        raise NotFound
    return _read(db.reader(_Row)(row))


async def find_checkout(tx: db.Tx, payment_id: UUID) -> Checkout | None:
    """The checkout of a payment; None if it was not prepared (an API sale, an import)."""
    found = await list_checkouts(tx, [payment_id])
    return found[0] if found else None


async def list_checkouts(tx: db.Tx, payment_ids: list[UUID]) -> list[Checkout]:
    rows = await tx.all(
        _Row,
        _SELECT + " where c.company_id = $1 and c.payment_id = any($2::uuid[])",
        tx.company, payment_ids,
    )  # fmt: skip
    return [_read(row) for row in rows]


def _read(row: _Row) -> Checkout:
    return Checkout(
        row.company_id, row.payment_id, row.live, row.originator_id,
        open_tokens(row.payment_id, row.tokens), unpack(row.prepared), row.amount,
        row.valid_until, row.attempts, row.max_attempts, row.cancelled_at, row.created_at,
    )  # fmt: skip
