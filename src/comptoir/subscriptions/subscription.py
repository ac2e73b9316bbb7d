"""Subscriptions: what a shopper pays again and again, begun by a first charge that succeeded.

trial -> active -> finished; active <-> retry -> unpaid; any of them -> canceled | disabled. The
first charge pays the trial period, or the first period if there is none.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from comptoir import events, merchants, payments
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor, system
from comptoir.kit.errors import Conflict, Invalid, NotFound
from comptoir.kit.period import Period
from comptoir.payments import Operation
from comptoir.subscriptions.terms import Terms, rebills

LIST_LIMIT = 1000
REFUSED, REFUNDED, TAKEN_BACK = 1000, 1001, 1004
UNKNOWN_REASON = 1099
REASONS = frozenset([*range(1000, 1024), UNKNOWN_REASON])
AT_ONCE = frozenset(range(1000, 1005))
SELECT = (
    "select s.company_id, s.id, s.number, s.live, s.originator_id, s.payment_id, s.operation_id,"
    " s.offer_id, s.kind, s.state, s.currency::text as currency, s.rebill_minor, s.rebill_period,"
    " s.rebill_max, s.trial_minor, s.trial_period, s.iterations, s.retries, s.started_at,"
    " s.period_start, s.period_end, s.next_at, s.cancel_reason, s.cancelled_at, s.ended_at,"
    " s.pending_operation, s.anchor_at,"
    " o.number as first_number, f.number as offer_number"
    " from subscription s"
    " join operation o on o.company_id = s.company_id and o.id = s.operation_id"
    " left join offer f on f.company_id = s.company_id and f.id = s.offer_id"
)


class State(StrEnum):
    TRIAL = "trial"
    ACTIVE = "active"
    RETRY = "retry"
    UNPAID = "unpaid"
    FINISHED = "finished"
    DISABLED = "disabled"
    CANCELED = "canceled"


ENDED = frozenset({State.FINISHED, State.CANCELED})


@dataclass(frozen=True, slots=True)
class Subscription:
    company_id: UUID
    id: UUID
    number: int
    live: bool
    originator_id: UUID
    payment_id: UUID
    operation_id: UUID
    offer_id: UUID | None
    kind: str
    state: State
    currency: str
    rebill_minor: int
    rebill_period: str | None
    rebill_max: int | None
    trial_minor: int | None
    trial_period: str | None
    iterations: int
    retries: int
    started_at: datetime
    period_start: datetime
    period_end: datetime | None
    next_at: datetime | None
    cancel_reason: int | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    pending_operation: UUID | None  # The rebill under way; no other one begins before it is over.
    anchor_at: datetime | None  # What its rebilled periods are counted from.
    first_number: int
    offer_number: int | None

    @property
    def iterations_left(self) -> int:
        """How many rebills will come; -1 without a limit."""
        limit = rebills(self.kind, self.rebill_max)
        return -1 if limit is None else limit - self.iterations


class SubscriptionEnded(Conflict):
    code = "subscription_ended"
    title = "This subscription is over already"


async def start(tx: db.Tx, operation: Operation, terms: Terms) -> None:
    """Begin what was agreed with the first charge; a second call finds it begun."""
    now = operation.occurred_at
    covered = terms.trial_period or terms.rebill_period
    zone = (await merchants.get_company(tx, tx.company)).zone
    end = None if covered is None else Period.parse(covered).after(now, zone)
    subscription_id = ids.new()
    number = int(await tx.value("select nextval('subscription_number')"))
    added = await tx.run(
        "insert into subscription (company_id, id, number, live, originator_id, payment_id,"
        " operation_id, offer_id, kind, state, currency, rebill_minor, rebill_period, rebill_max,"
        " trial_minor, trial_period, started_at, period_start, period_end, next_at,"
        " anchor_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, (select f.id from offer f where f.company_id = $1"
        " and f.number = $8), $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $18, $19)"
        " on conflict (company_id, payment_id) do nothing",
        tx.company, subscription_id, number, operation.live, operation.originator_id,
        operation.payment_id, operation.id, terms.offer, terms.kind,
        State.TRIAL if terms.trial_period else State.ACTIVE, operation.amount.currency,
        terms.rebill_minor, terms.rebill_period, terms.rebill_max,
        operation.amount.minor if terms.trial_period else None, terms.trial_period, now, end,
        None if terms.trial_period else now,
    )  # fmt: skip
    if added:
        await events.record(
            tx, system(tx.company, operation.live), "subscription.began", subscription_id,
            operation.payment_id, live=operation.live, number=number,
        )  # fmt: skip


async def cancel(tx: db.Tx, actor: Actor, subscription_id: UUID, reason: int) -> Subscription:
    """End it: at once for a bank's or a refund's reason, else when the paid period is over."""
    if reason not in REASONS:
        raise Invalid("The reason is not a known one", field="cancelReason")
    found = await lock_subscription(tx, actor, subscription_id)
    if found.state in ENDED:
        raise SubscriptionEnded
    now = clock.now()
    paid_until = found.period_end if found.state in (State.TRIAL, State.ACTIVE) else None
    at_once = reason in AT_ONCE or paid_until is None or paid_until <= now
    await tx.run(
        "update subscription set cancel_reason = $3, cancelled_at = $4, state = $5, next_at = $6,"
        " ended_at = $7 where company_id = $1 and id = $2",
        tx.company, subscription_id, reason, now, State.CANCELED if at_once else found.state,
        None if at_once else paid_until, now if at_once else None,
    )  # fmt: skip
    await events.record(
        tx, actor, "subscription.cancelled", found.id, found.payment_id, live=found.live,
        reason=reason, at_once=at_once,
    )  # fmt: skip
    return await _get(tx, subscription_id)


async def cancel_of_payment(tx: db.Tx, actor: Actor, payment_id: UUID, reason: int) -> None:
    """What a refund does to the subscription of its payment, if there is one that still runs."""
    found: UUID | None = await tx.value(
        "select id from subscription where company_id = $1 and payment_id = $2"
        " and state <> all($3) for update",  # Locked: one that ends meanwhile is not refused.
        tx.company, payment_id, list(ENDED),
    )  # fmt: skip
    if found is not None:
        await cancel(tx, actor, found, reason)


async def end_with_refund(tx: db.Tx, payment_id: UUID, refund_id: UUID) -> None:
    """Keep, with the intention to refund, that its success ends the payment's subscription."""
    await tx.run(
        "insert into subscription_refund (company_id, operation_id, subscription_id)"
        " select company_id, $3, id from subscription where company_id = $1 and payment_id = $2"
        " and state <> all($4)",
        tx.company, payment_id, refund_id, list(ENDED),
    )  # fmt: skip


async def lock_subscription(tx: db.Tx, actor: Actor, subscription_id: UUID) -> Subscription:
    """The subscription that nobody else moves until this transaction ends; or `NotFound`."""
    locked = await tx.value(
        "select id from subscription where company_id = $1 and id = $2 and live = $3"
        " and ($4::uuid is null or originator_id = $4) for update",
        tx.company, subscription_id, actor.live, actor.originator_id,
    )  # fmt: skip
    if locked is None:
        raise NotFound
    return await _get(tx, subscription_id)


async def _get(tx: db.Tx, subscription_id: UUID) -> Subscription:
    found = await tx.one(
        Subscription, SELECT + " where s.company_id = $1 and s.id = $2", tx.company,
        subscription_id,
    )  # fmt: skip
    assert found is not None, "subscriptions are never deleted"
    return found


async def get_by_number(tx: db.Tx, actor: Actor, number: int) -> Subscription:
    """A subscription of the actor's company, mode and originator; raises `NotFound`."""
    found = await tx.one(
        Subscription,
        SELECT + " where s.company_id = $1 and s.number = $2 and s.live = $3"
        " and ($4::uuid is null or s.originator_id = $4)",
        tx.company, number, actor.live, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def find_of_payment(tx: db.Tx, payment_id: UUID) -> Subscription | None:
    """What a payment began, if it began something."""
    return await tx.one(
        Subscription, SELECT + " where s.company_id = $1 and s.payment_id = $2", tx.company,
        payment_id,
    )  # fmt: skip


async def numbers_of_payments(tx: db.Tx, payment_ids: list[UUID]) -> dict[UUID, int]:
    rows = await tx.rows(
        "select payment_id, number from subscription where company_id = $1"
        " and payment_id = any($2::uuid[])",
        tx.company, payment_ids,
    )  # fmt: skip
    return {row["payment_id"]: row["number"] for row in rows}


async def first_charge(tx: db.Tx, operation_id: UUID) -> Operation:
    """An operation of this company whatever its mode: for jobs, which have no caller."""
    live = await tx.value(
        "select live from operation where company_id = $1 and id = $2", tx.company, operation_id
    )
    if live is None:
        raise NotFound
    return await payments.get_operation(tx, system(tx.company, live), operation_id)


async def list_subscriptions(
    tx: db.Tx, actor: Actor, before: int | None = None, limit: int = 50
) -> list[Subscription]:
    """Newest first, for the office; `before` is the number of the last one seen."""
    return await tx.all(
        Subscription,
        SELECT + " where s.company_id = $1 and s.live = $2 and ($3::uuid is null or"
        " s.originator_id = $3) and ($4::bigint is null or s.number < $4)"
        " order by s.number desc limit $5",
        tx.company, actor.live, actor.originator_id, before, min(limit, LIST_LIMIT),
    )  # fmt: skip
