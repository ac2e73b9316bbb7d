"""All operations of an originator within a window of time, for the wire's exports."""

from collections.abc import AsyncIterator
from datetime import datetime

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.payments.operation import SELECT, Operation

BATCH = 500  # Rows read, and told, before others have their turn.


async def count_between(actor: Actor, start: datetime, end: datetime, most: int) -> int:
    """How many operations `export_between` gives, counted no further than `most`."""
    async with db.reads(actor) as tx:
        found: int = await tx.value(
            "select count(*) from (select from operation"
            " where company_id = $1 and originator_id = $2 and live = $3"
            " and occurred_at >= $4 and occurred_at < $5 and undone_by is null limit $6) as found",
            tx.company, actor.originator_id, actor.live, start, end, most,
        )  # fmt: skip
    return found


async def export_between(
    actor: Actor, start: datetime, end: datetime
) -> AsyncIterator[list[Operation]]:
    """From `start`, before `end`, oldest first: in batches, a transaction for each."""
    after = 0  # The number of the last one seen, of those of the moment `start`.
    while True:
        async with db.reads(actor) as tx:
            rows = await tx.all(
                Operation,
                SELECT + " where company_id = $1 and originator_id = $2 and live = $3"
                " and occurred_at >= $4 and occurred_at < $5 and undone_by is null"
                " and (occurred_at, number) > ($4, $6) order by occurred_at, number limit $7",
                tx.company, actor.originator_id, actor.live, start, end, after, BATCH,
            )  # fmt: skip
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        start, after = rows[-1].occurred_at, rows[-1].number
