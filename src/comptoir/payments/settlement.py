"""Settlement: operations are sent with the day's batch, and settled when the acquirer has paid.

Each settled operation posts what the acquirer kept (cost) and what the company pays (price). Where
no price is set nothing is posted, and screens say so.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from comptoir import accounting, events, gateways, jobs, merchants
from comptoir.kit import clock, db
from comptoir.kit.actor import system
from comptoir.kit.money import Money
from comptoir.payments.operation import SELECT, Operation
from comptoir.payments.sending import load_account

ACCOUNTS_LIMIT = 10_000
LOOKED_BACK = timedelta(days=31)  # What is open for longer is looked at by a person.
LINES_A_COMMIT = 200
SENT_A_COMMIT = 2000
# Those of the index of what is not settled. A returned debit is a rarity, found by its facts.
_MONEY_KINDS = ["sale", "capture", "refund", "rebill", "credit"]


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost and price of an operation; None where no price is set."""

    cost: Money | None
    price: Money | None


async def settle_yesterday() -> int:
    """Enqueue the settlement of each closed UTC day that an account has open operations of.

    Not of yesterday alone: a day may have been missed, and an acquirer may book a day late.
    """
    today = clock.now().date()
    async with db.platform() as tx:
        rows = await tx.rows(
            "select distinct o.company_id, o.account_id, (d.at at time zone 'UTC')::date as day"
            " from (select company_id, account_id, occurred_at, finished_at from operation"
            "  where status = 'succeeded' and financial <> 'settled' and source = 'own'"
            "  and kind = any($1) and occurred_at between $3 and $2"
            "  union all select company_id, account_id, occurred_at, finished_at from operation"
            "  where status = 'succeeded' and financial = any('{not_sent,sent}')"
            "  and source = 'own' and kind = 'reversal' and occurred_at between $3 and $2) o"
            " cross join lateral (values (o.occurred_at), (o.finished_at),"
            "  ($2::timestamptz - interval '1 day')) as d(at)"
            " where d.at < $2 and o.account_id is not null limit $4",
            _MONEY_KINDS, _midnight(today), _midnight(today - LOOKED_BACK), ACCOUNTS_LIMIT,
        )  # fmt: skip
        for row in rows:
            await jobs.enqueue(
                tx, settle_account, company_id=row["company_id"], account_id=row["account_id"],
                day=row["day"].isoformat(), dedupe=f"settle:{row['account_id']}:{row['day']}",
            )  # fmt: skip
    return len(rows)


@jobs.task
async def settle_account(company_id: UUID, account_id: UUID, day: str) -> None:
    """Send the day's batch, fetch the acquirer's settlement lines, mark and post each one."""
    booked = date.fromisoformat(day)
    while await _send_some(company_id, account_id, booked):
        pass
    async with db.transaction(company=company_id) as tx:
        account = await load_account(tx, account_id)
        prices = await accounting.list_prices(tx)
        company = await merchants.get_company(tx, company_id)
    batch = await gateways.settlement(account, booked)
    for start in range(0, len(batch.lines), LINES_A_COMMIT):
        async with db.transaction(company=company_id) as tx:
            for line in batch.lines[start : start + LINES_A_COMMIT]:
                await _settle_line(tx, account, line, prices, company)


async def _send_some(company_id: UUID, account_id: UUID, day: date) -> int:
    """A part of the day's batch in a short transaction; how many operations it sent."""
    async with db.transaction(company=company_id) as tx:
        return await tx.run(
            "update operation set financial = 'sent', sent_for_settlement_at = $4"
            " where company_id = $1 and id = any(array((select id from operation"
            " where company_id = $1 and account_id = $2 and status = 'succeeded'"
            " and financial = 'not_sent' and source = 'own' and kind = any($5)"
            " and occurred_at < $3 limit $6) union all (select id from operation"
            " where company_id = $1 and account_id = $2 and status = 'succeeded'"
            " and financial = 'not_sent' and source = 'own' and kind = 'reversal'"
            " and occurred_at < $3 limit $6)))",
            company_id, account_id, _midnight(day + timedelta(days=1)), clock.now(),
            _MONEY_KINDS, SENT_A_COMMIT,
        )  # fmt: skip


async def _settle_line(
    tx: db.Tx,
    account: gateways.AccountContext,
    line: gateways.SettlementLine,
    prices: list[accounting.Price],
    company: merchants.Company,
) -> None:
    account_id = account.account_id
    operation = await _operation_of(tx, account_id, line)
    if operation is None:
        await _note_unmatched(tx, account, line)
        return
    moved = await tx.run(
        "update operation set financial = 'settled', settled_at = $3,"
        " sent_for_settlement_at = coalesce(sent_for_settlement_at, $3)"
        " where company_id = $1 and id = $2 and financial <> 'settled'",
        tx.company, operation.id, _midnight(line.value_on),
    )  # fmt: skip
    if not moved:
        return
    now = clock.now()
    await accounting.post_entries(
        tx, operation.id, "settled", accounting.settled_lines(line.net, line.fee, account_id),
        live=operation.live, at=now,
    )  # fmt: skip
    price = costs_of(operation, prices, company).price
    if price is not None:
        await accounting.post_entries(
            tx, operation.id, "fee", accounting.price_lines(price), live=operation.live, at=now
        )
    await events.record(
        tx, system(tx.company, operation.live), "operation.settled", operation.id,
        payment_id=operation.payment_id, live=operation.live, payout=line.payout_ref,
        fee_minor=line.fee.minor,
    )  # fmt: skip
    if abs(line.gross.minor) != operation.amount.minor or line.gross.currency != (
        operation.amount.currency
    ):
        # The acquirer's figure is booked, so the receivable stays open by what is missing.
        await events.record(
            tx, system(tx.company, operation.live), "settlement.discrepancy", operation.id,
            payment_id=operation.payment_id, live=operation.live, gross_minor=line.gross.minor,
            currency=line.gross.currency, payout=line.payout_ref,
        )  # fmt: skip


async def _operation_of(
    tx: db.Tx, account_id: UUID, line: gateways.SettlementLine
) -> Operation | None:
    operation_id = line.operation_key
    for ref in () if operation_id else line.refs:
        operation_id = operation_id or await tx.value(
            "select operation_id from gateway_reference where company_id = $1"
            " and account_id = $2 and kind = $3 and value = $4",
            tx.company, account_id, ref.kind, ref.value,
        )  # fmt: skip
    return await tx.one(
        Operation,
        SELECT + " where company_id = $1 and id = $2 and account_id = $3 for update",
        tx.company, operation_id, account_id,
    )  # fmt: skip


async def _note_unmatched(
    tx: db.Tx, account: gateways.AccountContext, line: gateways.SettlementLine
) -> None:
    """A line nobody here knows is kept as an event, once, for a person to look at."""
    fresh = await tx.run(
        "insert into notification (company_id, account_id, key, at, body)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        tx.company, account.account_id, f"settlement:{line.payout_ref}:{line.refs}"[:256],
        clock.now(),
        {"kind": line.kind, "gross_minor": line.gross.minor, "currency": line.gross.currency},
    )  # fmt: skip
    if fresh:
        await events.record(
            tx, system(tx.company, account.live), "settlement.unmatched", account.account_id,
            live=account.live, payout=line.payout_ref,
        )  # fmt: skip


def costs_of(
    operation: Operation, prices: list[accounting.Price], company: merchants.Company
) -> Costs:
    """What an operation costs and what is charged for it, by the lists valid when it happened."""
    subject = accounting.Priced(
        operation.kind, operation.method, operation.brand,
        accounting.region_of(company.country, operation.country), operation.amount,
        operation.account_id, operation.occurred_at,
    )  # fmt: skip
    cost = accounting.choose_price(prices, "cost", subject)
    price = accounting.choose_price(prices, "price", subject)
    return Costs(
        None if cost is None else cost.fee(operation.amount),
        None if price is None else price.fee(operation.amount),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
