"""What each consumer paid, kept by a follower: counted again from the operations, never added up.

So it may see an event twice, and an undone import leaves the totals as if it had not been.
"""

from collections.abc import Sequence
from uuid import UUID

from comptoir import events
from comptoir.kit import db


async def count_again(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """Follower: recount the consumers whose payments these events touched (platform scope)."""
    touched = {(row.company_id, row.payment_id) for row in rows if row.payment_id is not None}
    if touched:
        await _recount(tx, [c for c, _ in touched], [p for _, p in touched if p is not None])


async def _recount(tx: db.Tx, companies: list[UUID], payments: list[UUID]) -> None:
    found = await tx.rows(
        "select distinct p.company_id, p.consumer_id"
        " from unnest($1::uuid[], $2::uuid[]) as t(company_id, id)"
        " join payment p on p.company_id = t.company_id and p.id = t.id"
        " where p.consumer_id is not null",
        companies, payments,
    )  # fmt: skip
    await _count(tx, [r["company_id"] for r in found], [r["consumer_id"] for r in found])


async def _count(tx: db.Tx, companies: list[UUID], consumers: list[UUID]) -> None:
    await tx.run(
        "insert into consumer_total (company_id, consumer_id, currency, payments, accepted_minor,"
        " returned_minor, last_at)"
        " select o.company_id, o.consumer_id, o.currency,"
        " count(distinct o.payment_id) filter (where o.undone_by is null),"
        " coalesce(sum(o.amount_minor) filter (where o.undone_by is null and o.status ="
        " 'succeeded' and o.kind in ('sale', 'capture', 'rebill', 'collection')), 0),"
        " coalesce(sum(o.amount_minor) filter (where o.undone_by is null and o.status ="
        " 'succeeded' and o.kind in ('refund', 'credit', 'chargeback')), 0),"
        " max(o.occurred_at)"
        " from unnest($1::uuid[], $2::uuid[]) as t(company_id, consumer_id)"
        " join operation o on o.company_id = t.company_id and o.consumer_id = t.consumer_id"
        " group by o.company_id, o.consumer_id, o.currency"
        " on conflict (company_id, consumer_id, currency) do update set"
        " payments = excluded.payments, accepted_minor = excluded.accepted_minor,"
        " returned_minor = excluded.returned_minor, last_at = excluded.last_at",
        companies, consumers,
    )  # fmt: skip
