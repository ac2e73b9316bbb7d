"""What ends a subscription by itself: money that a bank took back, a card that is lost or stolen.

A follower of the event log sees such outcomes, wherever they come from, and asks for a job. History
that was imported ends nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from comptoir import events, gateways, jobs
from comptoir.gateways import Decline
from comptoir.kit import db
from comptoir.kit.actor import system
from comptoir.payments import Kind
from comptoir.subscriptions.subscription import ENDED, REFUSED, TAKEN_BACK, cancel

_GONE = frozenset({Decline.LOST_CARD, Decline.STOLEN_CARD})


async def follow_endings(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """Follower: ask for the end of what must not be charged again (platform scope)."""
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


def _reason(row: events.Event) -> int | None:
    kind, code = row.data.get("kind"), row.data.get("result_code")
    if row.payment_id is None or row.data.get("source") == "imported":
        return None
    if row.kind == "operation.succeeded" and kind == Kind.CHARGEBACK:
        return TAKEN_BACK
    if row.kind == "operation.succeeded" and kind == Kind.REVERSAL:
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
