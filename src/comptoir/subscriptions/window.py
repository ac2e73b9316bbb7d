"""All subscriptions of an originator within a window of time, for the wire's exports."""

from collections.abc import AsyncIterator
from datetime import datetime

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.subscriptions.subscription import SELECT, Subscription

BATCH = 500  # Rows read, and told, before others have their turn.


async def count_between(
    actor: Actor, start: datetime, end: datetime, most: int, *, created: bool
) -> int:
    """How many subscriptions `export_between` gives, counted no further than `most`."""
    async with db.reads(actor) as tx:
        found: int = await tx.value(
            "select count(*) from (select from subscription s"
            " where s.company_id = $1 and s.live = $2"
            " and ($3::uuid is null or s.originator_id = $3)"
            " and case when $4 then s.started_at else s.ended_at end >= $5"
            " and case when $4 then s.started_at else s.ended_at end < $6 limit $7) as found",
            tx.company, actor.live, actor.originator_id, created, start, end, most,
        )  # fmt: skip
    return found


async def export_between(
    actor: Actor, start: datetime, end: datetime, *, created: bool
) -> AsyncIterator[list[Subscription]]:
    """Those that ended in the window (both ends included), or with `created` began in it."""
    after = 0
    while True:
        async with db.reads(actor) as tx:
            rows = await tx.all(
                Subscription,
                SELECT + " where s.company_id = $1 and s.live = $2"
                " and ($3::uuid is null or s.originator_id = $3)"
                " and case when $4 then s.started_at else s.ended_at end >= $5"
                " and case when $4 then s.started_at else s.ended_at end < $6"
                " and s.number > $7 order by s.number limit $8",
                tx.company, actor.live, actor.originator_id, created, start, end, after, BATCH,
            )  # fmt: skip
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1].number
