"""The daily batch: what the fake gateway pays for a closed day, line by line.

One payout per currency and day; its lines are the day's approved sales, captures, rebills, refunds,
credits and returned debits, each with its fee. Nothing is stored: a closed day never changes.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from comptoir.gateways.contract import GatewayRef, SettlementLine
from comptoir.gateways.simulator import store
from comptoir.kit import clock, ids
from comptoir.kit.money import Money

PAGE_LINES = 500
PAID_AFTER_DAYS = 2
_FIRST, _LAST = 0, (1 << 74) - 1
_LINES = (
    "select id, reference, kind, currency, gross, fee"
    " from sandbox_booked_v2($1, $2, $3, $4, $5, $6) where id > $7 order by id limit $8"
)
_PAYOUTS = (
    "select currency, sum(gross - fee)::bigint as net"
    " from sandbox_booked_v2($1, $2, $3, $4, $5, $6) group by currency order by currency"
)


class _Account(Protocol):
    @property
    def company_id(self) -> UUID: ...

    @property
    def account_id(self) -> UUID: ...


def payout_ref(account: UUID, day: date, currency: str) -> str:
    return f"po_{account.hex[-12:]}_{day:%Y%m%d}_{currency}"


def _bounds(company: UUID, account: UUID, day: date) -> tuple[Any, ...]:
    """The day as a range of ids (made at the moment of the request) and of moments."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    first = int(start.timestamp() * 1000)
    return (
        company, account, ids.at(first, _FIRST),
        ids.at(first + 86_400_000 - 1, _LAST), start, end,
    )  # fmt: skip


async def _rows(
    company: UUID, account: UUID, day: date, after: UUID, limit: int
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """Some lines after an id, and (with the first of them) the payouts."""
    bounds = _bounds(company, account, day)
    async with store.scope(company) as connection:
        lines = await connection.fetch(_LINES, *bounds, after, limit)
        payouts = await connection.fetch(_PAYOUTS, *bounds) if after.int == 0 else []
    return lines, payouts


async def page(
    company: UUID, account: UUID, day_text: str, cursor: str | None, now: datetime
) -> dict[str, Any] | None:
    """One page of the batch as the gateway writes it; None for a day that is not over."""
    day = date.fromisoformat(day_text)
    if day >= now.date():
        return None
    after = UUID(hex=cursor) if cursor else UUID(int=0)
    lines, payouts = await _rows(company, account, day, after, PAGE_LINES)
    value_on = day + timedelta(days=PAID_AFTER_DAYS)
    return {
        "payouts": [
            {
                "id": payout_ref(account, day, row["currency"]),
                "amount": row["net"],
                "currency": row["currency"],
                "paid_on": value_on,
            }
            for row in payouts
        ],
        "lines": [
            {
                "payout": payout_ref(account, day, row["currency"]),
                "type": row["kind"],
                "operation": f"sbx_{row['id'].hex}",
                "reference": row["reference"],
                "gross": row["gross"],
                "fee": row["fee"],
                "net": row["gross"] - row["fee"],
                "currency": row["currency"],
                "booked_on": day,
                "value_on": value_on,
            }
            for row in lines
        ],
        "next": lines[-1]["id"].hex if len(lines) == PAGE_LINES else None,
    }


async def settlement_lines(account: _Account, day: date) -> list[SettlementLine]:
    """Every line of a closed day, in order; none while the day runs."""
    found: list[SettlementLine] = []
    cursor: str | None = None
    while True:
        part = await page(
            account.company_id, account.account_id, day.isoformat(), cursor, clock.now()
        )
        if part is None:
            return found
        for line in part["lines"]:
            found.append(
                SettlementLine(
                    line["payout"],
                    line["type"],
                    (GatewayRef("operation", line["operation"]),),
                    UUID(line["reference"]),
                    Money(line["gross"], line["currency"]),
                    Money(line["fee"], line["currency"]),
                    Money(line["net"], line["currency"]),
                    line["booked_on"],
                    line["value_on"],
                )
            )
        cursor = part["next"]
        if cursor is None:
            return found
