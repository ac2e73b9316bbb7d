"""What each consumer paid, kept by a follower in step with the log.

Each payment that an event touched is summed again, and the totals of its consumer move by what
became different. So an event may come twice, an undone import leaves nothing behind, and a consumer
of a thousand payments costs no more than one of two.
"""

from collections.abc import Sequence
from uuid import UUID

from comptoir import events
from comptoir.kit import db


async def count_again(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """Follower: sum the payments that these events touched (platform scope)."""
    touched = {(row.company_id, row.payment_id) for row in rows if row.payment_id is not None}
    if touched:
        await _move(tx, [c for c, _ in touched], [p for _, p in touched if p is not None])


async def _move(tx: db.Tx, companies: list[UUID], payments: list[UUID]) -> None:
    """Each part of the statement sees `consumer_payment` as it was before it."""
    await tx.run(
        "with present as ("
        "  select o.company_id, o.payment_id, o.consumer_id, o.currency,"
        "   (count(*) filter (where o.undone_by is null) > 0)::int as payments,"
        "   coalesce(sum(o.amount_minor) filter (where o.undone_by is null and o.status ="
        "    'succeeded' and o.kind in ('sale', 'capture', 'rebill', 'collection')), 0)::bigint"
        "    as accepted_minor,"
        "   coalesce(sum(o.amount_minor) filter (where o.undone_by is null and o.status ="
        "    'succeeded' and o.kind in ('refund', 'credit', 'chargeback',"
        "    'reversal')), 0)::bigint"
        "    as returned_minor,"
        "   max(o.occurred_at) as last_at"
        "  from unnest($1::uuid[], $2::uuid[]) as t(company_id, payment_id)"
        "  join operation o on o.company_id = t.company_id and o.payment_id = t.payment_id"
        "  where o.consumer_id is not null group by 1, 2, 3, 4"
        "), kept as ("
        "  insert into consumer_payment (company_id, payment_id, consumer_id, currency, payments,"
        "   accepted_minor, returned_minor)"
        "  select company_id, payment_id, consumer_id, currency, payments, accepted_minor,"
        "   returned_minor from present"
        "  on conflict (company_id, payment_id, consumer_id, currency) do update set"
        "   payments = excluded.payments, accepted_minor = excluded.accepted_minor,"
        "   returned_minor = excluded.returned_minor"
        "  where (consumer_payment.payments, consumer_payment.accepted_minor,"
        "   consumer_payment.returned_minor) is distinct from (excluded.payments,"
        "   excluded.accepted_minor, excluded.returned_minor)"
        ") insert into consumer_total (company_id, consumer_id, currency, payments,"
        "  accepted_minor, returned_minor, last_at)"
        " select n.company_id, n.consumer_id, n.currency,"
        "  sum(n.payments - coalesce(b.payments, 0)),"
        "  sum(n.accepted_minor - coalesce(b.accepted_minor, 0)),"
        "  sum(n.returned_minor - coalesce(b.returned_minor, 0)), max(n.last_at)"
        " from present n left join consumer_payment b on b.company_id = n.company_id"
        "  and b.payment_id = n.payment_id and b.consumer_id = n.consumer_id"
        "  and b.currency = n.currency"
        " group by n.company_id, n.consumer_id, n.currency"
        " on conflict (company_id, consumer_id, currency) do update set"
        "  payments = consumer_total.payments + excluded.payments,"
        "  accepted_minor = consumer_total.accepted_minor + excluded.accepted_minor,"
        "  returned_minor = consumer_total.returned_minor + excluded.returned_minor,"
        "  last_at = greatest(consumer_total.last_at, excluded.last_at)",
        companies, payments,
    )  # fmt: skip
