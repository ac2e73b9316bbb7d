"""All operations of an originator within a window of time, for the wire's exports."""

from datetime import datetime

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.payments.operation import SELECT, Operation

WINDOW_LIMIT = 100_000


async def list_between(actor: Actor, start: datetime, end: datetime) -> list[Operation]:
    """From `start`, before `end`, oldest first. The wire has no pages: the window is bounded."""
    async with db.reads(actor) as tx:
        return await tx.all(
            Operation,
            SELECT + " where company_id = $1 and originator_id = $2 and live = $3"
            " and occurred_at >= $4 and occurred_at < $5 and undone_by is null"
            " order by occurred_at, number limit $6",
            tx.company, actor.originator_id, actor.live, start, end, WINDOW_LIMIT,
        )  # fmt: skip
