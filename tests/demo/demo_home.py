"""The demo as its user has it: what was printed, a way to the API, and what is stored."""

from dataclasses import dataclass
from typing import Any

import httpx
from litestar import Litestar

from comptoir import demo, identity, payments
from comptoir.kit import db, ids
from comptoir.kit.listing import Page
from comptoir.settings import Settings

ANYBODY = identity.command_line()


@dataclass
class DemoHome:
    settings: Settings
    report: demo.DemoReport
    users: list[dict[str, str]]
    originators: list[dict[str, str]]
    app: Litestar

    def client(self, number: str | None = None) -> httpx.AsyncClient:
        """The API with a printed key; the first originator's unless a number is given."""
        known = {o["number"]: o["api_key"] for o in self.originators}
        chosen = number or self.originators[0]["number"]
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type]
            base_url="http://testserver/api/v1",
            auth=(chosen, known[chosen]),
        )


async def rows(sql: str, *args: object) -> list[Any]:
    """Over both companies, as platform staff read."""
    async with db.platform() as tx:
        return [tuple(row) for row in await tx.rows(sql, *args)]


async def one(sql: str, *args: object) -> Any:
    return (await rows(sql, *args))[0][0]


async def every_payment() -> list[tuple[payments.Payment, list[payments.Operation]]]:
    """Every payment with its operations; none of the demo has more of them than a page shows."""
    found: list[tuple[payments.Payment, list[payments.Operation]]] = []
    cursor: str | None = None
    while True:
        page: Page[payments.Payment]
        page, became = await payments.list_payments(ANYBODY, cursor=cursor, limit=100)
        found += [(payment, became[payment.id].newest) for payment in page.rows]
        cursor = page.next
        if cursor is None:
            return found


async def an_operation(kind: str, extra: str = "true") -> tuple[str, str]:
    """A demo operation that stands alone: its originator's number, its name at the API."""
    found = await rows(
        "select g.number::text, o.id from operation o join originator g on g.id = o.originator_id"
        " where o.kind = $1 and o.status = 'succeeded' and o.source = 'demo' and " + extra +
        " and not exists (select from operation c where c.refers_to = o.id)"
        " order by o.occurred_at desc limit 1",
        kind,
    )  # fmt: skip
    return found[0][0], ids.typeid("op", found[0][1])
