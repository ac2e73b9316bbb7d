"""What ends a subscription by itself: money that a bank took back, a card that is lost or stolen.

A follower of the event log sees such outcomes, wherever they come from, and asks for a job. History
that was imported ends nothing.

A refund that was asked to end the subscription does so when it has succeeded: at once, or here, if
its outcome was known later.

The same follower brings the late outcome of a rebill to a subscription that was ended while it was
in doubt: nothing is due there any more, and what was paid is counted all the same.
"""

from collections.abc import Sequence
from uuid import UUID

from comptoir import events, gateways, jobs
from comptoir.gateways import Decline
from comptoir.kit import db
from comptoir.kit.actor import system
from comptoir.payments import Kind
from comptoir.subscriptions.rebill import follow_pending
from comptoir.subscriptions.subscription import ENDED, REFUNDED, REFUSED, TAKEN_BACK, cancel

_DONE = "operation.succeeded"
_OVER = frozenset({_DONE, "operation.declined", "operation.rejected", "operation.not_sent"})
_GONE = frozenset({Decline.LOST_CARD, Decline.STOLEN_CARD})


async def follow_endings(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """Follower: ask for the end of what must not be charged again (platform scope)."""
    await _follow_late(tx, rows)
    await _follow_refunds(tx, rows)
    wanted = [(row, reason) for row in rows if (reason := _reason(row)) is not None]
    if not wanted:
        return
    found = await tx.rows(
        "select s.company_id, s.id, x.reason from unnest($1::uuid[], $2::uuid[], $3::int[])"
        " as x(company_id, payment_id, reason)"
        " join subscription s on s.company_id = x.company_id and s.payment_id = x.payment_id"
        " where s.state <> all($4) limit $5",
        [row.company_id for row, _ in wanted], [row.payment_id for row, _ in wanted],
        [reason for _, reason in wanted], list(ENDED), len(wanted),
    )  # fmt: skip
    for row in found:
        await jobs.enqueue(
            tx, end_by_bank, company_id=row["company_id"], subscription_id=row["id"],
            reason=row["reason"],
        )  # fmt: skip


async def _follow_late(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    over = [r for r in rows if r.kind in _OVER and r.data.get("kind") == Kind.REBILL]
    if not over:
        return
    found = await tx.rows(
        "select s.company_id, s.id from unnest($1::uuid[], $2::uuid[]) as x(company_id, id)"
        " join subscription s on s.company_id = x.company_id and s.pending_operation = x.id"
        " where s.state = any($3) limit $4",
        [r.company_id for r in over], [r.subject_id for r in over], list(ENDED), len(over),
    )  # fmt: skip
    for row in found:
        await jobs.enqueue(
            tx, count_last_rebill, company_id=row["company_id"], subscription_id=row["id"]
        )


async def _follow_refunds(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    done = [r for r in rows if r.kind == _DONE and r.data.get("kind") == Kind.REFUND]
    if not done:
        return
    found = await tx.rows(
        "select r.company_id, r.subscription_id from unnest($1::uuid[], $2::uuid[])"
        " as x(company_id, id) join subscription_refund r"
        " on r.company_id = x.company_id and r.operation_id = x.id limit $3",
        [r.company_id for r in done], [r.subject_id for r in done], len(done),
    )  # fmt: skip
    for row in found:
        await jobs.enqueue(
            tx, end_by_bank, company_id=row["company_id"], subscription_id=row["subscription_id"],
            reason=REFUNDED,
        )  # fmt: skip


@jobs.task
async def count_last_rebill(company_id: UUID, subscription_id: UUID) -> None:
    """The rebill that was under way when its subscription was ended is over."""
    async with db.transaction(company=company_id) as tx:
        live = await tx.value(
            "select live from subscription where company_id = $1 and id = $2",
            company_id, subscription_id,
        )  # fmt: skip
    if live is not None:
        await follow_pending(system(company_id, live), subscription_id)


def _reason(row: events.Event) -> int | None:
    kind, code = row.data.get("kind"), row.data.get("result_code")
    if row.payment_id is None or row.data.get("source") == "imported":
        return None
    if row.kind == _DONE and kind == Kind.CHARGEBACK:
        return TAKEN_BACK
    if row.kind == _DONE and kind == Kind.REVERSAL:
        return REFUSED
    if row.kind == "operation.declined" and kind == Kind.REBILL and code is not None:
        return REFUSED if gateways.reason_of(str(code)).decline in _GONE else None
    return None


@jobs.task
async def end_by_bank(company_id: UUID, subscription_id: UUID, reason: int) -> None:
    """End one at once, unless it has ended meanwhile."""
    async with db.transaction(company=company_id) as tx:
        row = await tx.row(
            "select live, state from subscription where company_id = $1 and id = $2 for update",
            company_id, subscription_id,
        )  # fmt: skip
        if row is not None and row["state"] not in ENDED:
            await cancel(tx, system(company_id, row["live"]), subscription_id, reason)
