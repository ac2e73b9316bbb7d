"""Hours after a kill, in a process of its own: recovery has asked, and this is what is there."""

import asyncio
import json
from datetime import timedelta

from comptoir.cli.office import opened
from comptoir.kit import clock, db, ids
from kit_jobs import run_jobs

ROWS = (
    "select o.id, o.kind, o.status, o.amount_minor as minor, p.order_id,"
    " count(s.id) filter (where s.status = 'approved') as approved,"
    " count(s.id) filter (where s.status in ('pending', 'challenge')) as open"
    " from operation o join payment p on p.company_id = o.company_id and p.id = o.payment_id"
    " left join sandbox_operation s on s.company_id = o.company_id and s.reference = o.id::text"
    " group by o.company_id, o.id, p.order_id"
)
STRANGERS = (
    "select count(*) from sandbox_operation s where not exists"
    " (select from operation o where o.id::text = s.reference)"
)


async def main() -> None:
    async with opened():
        clock.hold(clock.now() + timedelta(hours=1))
        await run_jobs(until=clock.now() + timedelta(hours=8))
        async with db.platform() as tx:
            rows = await tx.rows(ROWS)
            found = {
                "operations": [{**dict(row), "id": ids.typeid("op", row["id"])} for row in rows],
                "strangers": await tx.value(STRANGERS),
                "receivable": await tx.value(
                    "select coalesce(sum(amount_minor), 0)::bigint from entry"
                    " where account = 'receivable' and cause = 'outcome'"
                ),
            }
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main())
