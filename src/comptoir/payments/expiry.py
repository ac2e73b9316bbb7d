"""Authorisations that nobody captured: their reservation ends at the bank, and here too.

The rest is undone by adding a cancel with the reason `expired`; nothing is sent, because the bank
has dropped it by itself ("capture before", seven days unless the connector says otherwise).
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from comptoir import accounting, events, jobs
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor, system
from comptoir.payments.numbers import next_number
from comptoir.payments.operation import Kind, Status, list_children, lock_operation
from comptoir.payments.rules import holds, left_of
from comptoir.payments.sending import open_intention

SWEEP_LIMIT = 500
MAX_SWEEPS = 200  # Batches of one sweep; what is beyond waits for the next.
_FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


async def sweep_expired() -> int:
    """Enqueue the expiry of each authorisation whose last day is over.

    Batch by batch: those that still wait for a capture under way keep nobody else from theirs.
    """
    place, found = _FIRST, 0
    for _ in range(MAX_SWEEPS):
        async with db.platform() as tx:
            due = await tx.rows(
                "select company_id, id, capture_before from operation where capture_before <= $1"
                " and (capture_before, id) > ($2, $3) order by capture_before, id limit $4",
                clock.now(), *place, SWEEP_LIMIT,
            )  # fmt: skip
            for row in due:
                await jobs.enqueue(
                    tx, expire_authorisation, company_id=row["company_id"],
                    operation_id=row["id"], dedupe=f"expire:{row['id']}",
                )  # fmt: skip
        found += len(due)
        if len(due) < SWEEP_LIMIT:
            break
        place = (due[-1]["capture_before"], due[-1]["id"])
    return found


@jobs.task
async def expire_authorisation(company_id: UUID, operation_id: UUID) -> None:
    number = await next_number()
    async with db.transaction(company=company_id) as tx:
        live: bool | None = await tx.value(
            "select live from operation where company_id = $1 and id = $2 and capture_before <= $3",
            company_id, operation_id, clock.now(),
        )  # fmt: skip
        if live is not None:
            await _expire(tx, system(company_id, live), operation_id, number, clock.now())


async def _expire(tx: db.Tx, actor: Actor, operation_id: UUID, number: int, now: datetime) -> None:
    origin = await lock_operation(tx, actor, operation_id)
    children = await list_children(tx, operation_id)
    if any(holds(c) and c.finished_at is None for c in children):
        return  # A capture is under way: what it leaves expires at the next sweep.
    left = left_of(origin, Kind.CANCEL, children)
    await tx.run(
        "update operation set capture_before = null where company_id = $1 and id = $2",
        tx.company, operation_id,
    )  # fmt: skip
    if left.minor <= 0:
        return
    await open_intention(
        replace(
            origin, id=ids.new(), number=number, kind=Kind.CANCEL, amount=left,
            refers_to=origin.id, status=Status.SUCCEEDED, result_code="000", reason="expired",
            actor=events.signature(actor), occurred_at=now, finished_at=now, next_try_at=None,
            capture_before=None, financial="not_sent",
        ),
        entries=accounting.outcome_lines(Kind.CANCEL, left, origin.account_id, Kind.AUTHORIZE),
        tx=tx,
    )  # fmt: skip
