"""Rebills: what is due is charged by a job, tried again when declined, and asked for in doubt.

The subscription names the rebill under way from its intention on, in the same commit. No other one
begins before its outcome is known, so a lost answer is waited for and never charged again.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from comptoir import events, gateways, jobs, merchants, payments
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor, system
from comptoir.kit.errors import AppError, Conflict
from comptoir.kit.money import Money
from comptoir.kit.period import Period
from comptoir.payments import Ask, KeyTaken, Kind, Operation, Status
from comptoir.subscriptions.subscription import ENDED, State, Subscription, lock_subscription
from comptoir.subscriptions.terms import rebills

SWEEP_LIMIT = 500
TAKEN = timedelta(minutes=10)  # A rebill under way; should its process die, it is due again then.
IN_DOUBT = timedelta(hours=1)
LOOK_SECONDS, LOOKS = 0.2, 50  # Somebody else's rebill is waited for as long, by who asked for it.
# Pauses after the 1st, 2nd, … declined try; then the period is unpaid.
LADDER = (timedelta(days=1), timedelta(days=2), timedelta(days=3), timedelta(days=5))
_DUE = frozenset({State.TRIAL, State.ACTIVE, State.RETRY})


class RebillNotDue(Exception):
    """Another worker began it meanwhile, or somebody cancelled the subscription."""


class NotInTrial(Conflict):
    code = "not_in_trial"
    title = "Only a subscription in its trial can be converted"


async def sweep_due() -> int:
    """Enqueue each subscription whose moment has come; how many there were."""
    now = clock.now()
    async with db.platform() as tx:
        due = await tx.rows(
            "update subscription set next_at = $2 where (company_id, id) = any("
            " select s.company_id, s.id from subscription s where s.next_at <= $1"
            " order by s.next_at limit $3 for update skip locked) returning company_id, id",
            now, now + TAKEN, SWEEP_LIMIT,
        )  # fmt: skip
        for row in due:
            await jobs.enqueue(
                tx, renew, company_id=row["company_id"], subscription_id=row["id"],
                dedupe=str(row["id"]),
            )  # fmt: skip
    return len(due)


@jobs.task
async def renew(company_id: UUID, subscription_id: UUID) -> None:
    """Do what is due: end a cancelled one, or charge the next period."""
    async with db.transaction(company=company_id) as tx:
        live = await tx.value(
            "select live from subscription where company_id = $1 and id = $2",
            company_id, subscription_id,
        )  # fmt: skip
        if live is None:
            return
        actor = system(company_id, live)
        found = await lock_subscription(tx, actor, subscription_id)
        if found.state not in _DUE or not _is_due(found):
            return
        if found.pending_operation is None and _is_over(found):
            over = State.FINISHED if found.cancel_reason is None else State.CANCELED
            await _end(tx, actor, found, over)
            return
    await _charge(actor, found)


def _is_due(found: Subscription) -> bool:
    """Whether the moment has come; a second run of a job finds the next one far away."""
    return found.next_at is not None and found.next_at <= clock.now() + TAKEN


def _is_over(found: Subscription) -> bool:
    return found.cancel_reason is not None or found.iterations_left == 0


async def convert(actor: Actor, found: Subscription) -> tuple[Operation | None, Subscription]:
    """End the trial now: the first rebill is charged at once. Raises `NotInTrial`."""
    if found.state is not State.TRIAL or found.cancel_reason is not None:
        raise NotInTrial
    operation = await _charge(actor, found) or await _others(actor, found)
    async with db.transaction(company=found.company_id) as tx:
        return operation, await lock_subscription(tx, actor, found.id)


async def _others(actor: Actor, found: Subscription) -> Operation | None:
    """The same rebill, begun by somebody quicker: his outcome, waited for shortly."""
    stored = await payments.find_stored(
        found.company_id, found.originator_id, found.live, _key(found)
    )
    if stored is None:
        return None
    for _ in range(LOOKS):
        async with db.transaction(company=found.company_id) as tx:
            operation = await payments.get_operation(tx, actor, stored.operation_id)
        if operation.status is not Status.SENT:
            break
        await asyncio.sleep(LOOK_SECONDS)
    await _follow(actor, found, operation)
    return operation


async def _charge(actor: Actor, found: Subscription) -> Operation | None:
    """One try, or a look at the one under way; the subscription then moves by its outcome."""
    try:
        operation = await _pending(actor, found) or await _begin(actor, found)
    except (KeyTaken, RebillNotDue):
        return None  # The next look finds what the other one did.
    except AppError as error:
        await _refused(actor, found, error)
        return None
    await _follow(actor, found, operation)
    return operation


async def _pending(actor: Actor, found: Subscription) -> Operation | None:
    if found.pending_operation is None:
        return None
    async with db.transaction(company=found.company_id) as tx:
        return await payments.get_operation(tx, actor, found.pending_operation)


async def _begin(actor: Actor, found: Subscription) -> Operation:
    """Charge the next period. Raises `RebillNotDue` or `KeyTaken` if somebody was quicker."""
    key = _key(found)
    ask = Ask(key, "rebill", hashlib.sha256(key.encode()).digest(), _rendered)

    async def enter(tx: db.Tx, operation: Operation) -> None:
        if not await tx.run(
            "update subscription set pending_operation = $3 where company_id = $1 and id = $2"
            " and pending_operation is null and iterations = $4 and retries = $5"
            " and state = any($6) and cancel_reason is null",
            tx.company, found.id, operation.id, found.iterations, found.retries, list(_DUE),
        ):  # fmt: skip
            raise RebillNotDue

    amount = Money(found.rebill_minor, found.currency)
    operation, _ = await payments.follow_up(
        actor, Kind.REBILL, found.operation_id, amount, reason="subscription", ask=ask, enter=enter
    )
    return operation


def _key(found: Subscription) -> str:
    return f"subscription:{found.id}:{found.iterations}:{found.retries}"


def _rendered(operation: Operation) -> tuple[int, bytes]:
    """Nobody reads the answer of a rebill by job; its number is enough."""
    return 200, str(operation.number).encode()


async def follow_pending(actor: Actor, subscription_id: UUID) -> None:
    """Move a subscription by the outcome of the rebill it names, if it names one that is over."""
    assert actor.company_id is not None, "jobs act for a company"
    async with db.transaction(company=actor.company_id) as tx:
        found = await lock_subscription(tx, actor, subscription_id)
    operation = await _pending(actor, found)
    if operation is not None and operation.status in payments.FINAL:
        await _follow(actor, found, operation)


async def _refused(actor: Actor, found: Subscription, error: AppError) -> None:
    """Nothing was sent (the originator is off, no card is kept): tried again like a decline."""
    async with db.transaction(company=found.company_id) as tx:
        now = await lock_subscription(tx, actor, found.id)
        same = (now.iterations, now.retries) == (found.iterations, found.retries)
        if same and now.pending_operation is None:
            await _retry(tx, actor, now, hopeless=False, why=error.code)


async def _follow(actor: Actor, found: Subscription, operation: Operation) -> None:
    async with db.transaction(company=found.company_id) as tx:
        now = await lock_subscription(tx, actor, found.id)
        if now.pending_operation != operation.id:
            return  # Somebody else followed it already.
        if operation.status is Status.SUCCEEDED:
            await _paid(tx, actor, now, operation)
        elif operation.status in payments.FINAL:
            reason = gateways.reason_of(operation.result_code or "005")
            hopeless = reason.retry == frozenset({gateways.Retry.NEVER})
            await _retry(tx, actor, now, hopeless=hopeless, why=operation.result_code or "")
        else:
            await _set_next(tx, now, clock.now() + IN_DOUBT)


async def _paid(tx: db.Tx, actor: Actor, found: Subscription, operation: Operation) -> None:
    zone = (await merchants.get_company(tx, tx.company)).zone
    anchor, start, end = _period(found, operation.occurred_at, zone)
    left = rebills(found.kind, found.rebill_max)
    over = left is not None and found.iterations + 1 >= left
    state = State.FINISHED if over else State.ACTIVE
    if found.state is State.CANCELED:
        state = State.CANCELED  # Cancelled while the charge was on its way: it stays the last one.
    ended = state in ENDED
    await tx.run(
        "update subscription set iterations = iterations + 1, retries = 0, state = $3,"
        " period_start = $4, period_end = $5, next_at = $6, ended_at = $7,"
        " anchor_at = $8, pending_operation = null where company_id = $1 and id = $2",
        tx.company, found.id, state, start, end, None if ended else end,
        (found.ended_at or clock.now()) if ended else None, anchor,
    )  # fmt: skip
    await events.record(
        tx, actor, "subscription.renewed", found.id, found.payment_id, live=found.live,
        number=operation.number, iterations=found.iterations + 1,
    )  # fmt: skip


def _period(found: Subscription, at: datetime, zone: tzinfo) -> tuple[datetime, datetime, datetime]:
    """What a rebill made at `at` pays: what periods are counted from, its start and its end.

    Months are counted on the clocks of `zone`, the company's.

    A trial that was converted ends with the charge, another period when it is over. If the period
    to be paid is over already (nothing ran for long), one is charged and the next begins now: no
    shopper is charged for several at once.
    """
    assert found.rebill_period is not None, "what is rebilled has a period"
    period = Period.parse(found.rebill_period)
    start = found.period_end or at
    if found.state is State.TRIAL:
        start = min(start, at)
    anchor = found.anchor_at or start
    end = period.following(anchor, start, zone)
    if end <= at:
        anchor = start = at
        end = period.after(at, zone)
    return anchor, start, end


async def _retry(tx: db.Tx, actor: Actor, found: Subscription, *, hopeless: bool, why: str) -> None:
    if found.state not in _DUE:
        await tx.run(
            "update subscription set pending_operation = null where company_id = $1 and id = $2",
            tx.company, found.id,
        )  # fmt: skip
        return
    over = hopeless or found.retries >= len(LADDER)
    state = State.UNPAID if over else State.RETRY
    await tx.run(
        "update subscription set retries = retries + 1, state = $3, next_at = $4,"
        " pending_operation = null where company_id = $1 and id = $2",
        tx.company, found.id, state,
        None if over else clock.now() + LADDER[found.retries],
    )  # fmt: skip
    await events.record(
        tx, actor, "subscription.declined", found.id, found.payment_id, live=found.live, why=why,
        state=state,
    )  # fmt: skip


async def _end(tx: db.Tx, actor: Actor, found: Subscription, state: State) -> None:
    now = clock.now()
    await tx.run(
        "update subscription set state = $3, next_at = null, ended_at = $4"
        " where company_id = $1 and id = $2",
        tx.company, found.id, state, now,
    )  # fmt: skip
    await events.record(
        tx, actor, f"subscription.{state}", found.id, found.payment_id, live=found.live
    )


async def _set_next(tx: db.Tx, found: Subscription, at: datetime) -> None:
    await tx.run(
        "update subscription set next_at = $3 where company_id = $1 and id = $2"
        " and state = any($4)",
        tx.company, found.id, at, list(_DUE),
    )  # fmt: skip
