"""The Transactions list as CSV: every matching row, streamed, without a cap."""

from collections.abc import AsyncIterator

from comptoir.kit import csv, exports, ids
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search
from comptoir.payments.transactions import Transaction, export_transactions

HEADER = (
    "number", "date", "operation", "status", "result", "amount", "currency", "order", "email",
    "brand", "card", "country", "originator", "company", "financial_status", "source", "payment",
)  # fmt: skip


async def export_csv(actor: Actor, asked: Search) -> exports.Export:
    """Blocks of the file. Amounts in major units, dates in UTC, cards cut to first 6 and last 4.

    Raises `TooManyExports` while others take up this process.
    """
    exports.check_place()
    batches = await export_transactions(actor, asked)
    return exports.Export(csv.blocks(HEADER, _rows(batches)))


async def _rows(batches: AsyncIterator[list[Transaction]]) -> AsyncIterator[tuple[str, ...]]:
    async for batch in batches:
        for row in batch:
            yield _row(row)


def _row(row: Transaction) -> tuple[str, ...]:
    card = f"{row.card_first6 or ''}******{row.card_last4}" if row.card_last4 else ""
    return (
        str(row.number), row.occurred_at.isoformat(), row.kind, row.status, row.result_code or "",
        row.amount.text(), row.amount.currency, row.order_id, row.email or "", row.brand or "",
        card, row.country or "", row.originator, row.company, row.financial, row.source,
        ids.typeid("pay", row.payment_id),
    )  # fmt: skip
