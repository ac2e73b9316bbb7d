"""The money side of the story: when each operation was settled, and its ledger entries.

Two days after a day the acquirer pays it, less its cost; the company is charged its price then.
Yesterday's operations are sent for settlement, today's are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from comptoir import accounting
from comptoir.demo.story import Operation
from comptoir.kit.money import Money

Posted = tuple[UUID, str, int, str, UUID | None, int, str, datetime]
_BANK = frozenset({"sale", "capture", "refund", "rebill", "credit", "chargeback", "representment"})
_OUT = frozenset({"refund", "credit", "chargeback"})
_SENT_AFTER, _PAID_AFTER = timedelta(days=1), timedelta(days=2)
_BATCH_AT = timedelta(minutes=20)  # After midnight (UTC) the day's batch is sent.


@dataclass(slots=True)
class Tariff:
    """Both price lists of a company, asked once for each kind of operation and day."""

    country: str
    prices: list[accounting.Price]
    _known: dict[tuple[object, ...], accounting.Price | None] = field(default_factory=dict)

    def fee(self, side: str, operation: Operation) -> Money | None:
        """What an operation costs or is charged; None where no price is set."""
        payment, account = operation.payment, operation.account
        assert account is not None, "only what an account did is priced"
        amount = Money(operation.amount_minor, payment.currency)
        region = accounting.region_of(self.country, payment.shopper.country)
        day = operation.at.date()
        name = (
            side,
            operation.kind,
            operation.card.brand,
            region,
            account.id,
            amount.currency,
            day,
        )
        if name not in self._known:
            subject = accounting.Priced(
                operation.kind, "card", operation.card.brand, region, amount, account.id,
                operation.at,
            )  # fmt: skip
            self._known[name] = accounting.choose_price(self.prices, side, subject)
        price = self._known[name]
        return None if price is None else price.fee(amount)


def settle(operations: list[Operation], end: datetime) -> None:
    """Give every operation that moved money its financial status."""
    for operation in operations:
        if not operation.succeeded or operation.kind not in _BANK:
            continue
        midnight = datetime.combine(operation.at.date(), time(), UTC)
        if midnight + _SENT_AFTER > end:
            continue
        operation.financial = "sent"
        operation.sent_at = min(midnight + _SENT_AFTER + _BATCH_AT, end)
        if midnight + _PAID_AFTER <= end:
            operation.financial = "settled"
            operation.settled_at = midnight + _PAID_AFTER


def entries(operation: Operation, tariff: Tariff) -> Iterator[Posted]:
    """Every ledger line that an operation has caused so far."""
    if not operation.succeeded or operation.finished_at is None:
        return
    account = None if operation.account is None else operation.account.id
    amount = Money(operation.amount_minor, operation.payment.currency)
    origin = None if operation.parent is None else operation.parent.kind
    lines = accounting.outcome_lines(operation.kind, amount, account, origin)
    yield from _rows(operation.id, "outcome", operation.finished_at, lines)
    if operation.settled_at is None or account is None:
        return
    cost = tariff.fee("cost", operation) or Money(0, amount.currency)
    gross = -amount if operation.kind in _OUT else amount
    lines = accounting.settled_lines(gross - cost, cost, account)
    yield from _rows(operation.id, "settled", operation.settled_at, lines)
    price = tariff.fee("price", operation)
    if price is not None:
        lines = accounting.price_lines(price)
        yield from _rows(operation.id, "fee", operation.settled_at, lines)


def _rows(
    cause_id: UUID, cause: str, at: datetime, lines: list[accounting.Line]
) -> Iterator[Posted]:
    """Fields of `posted_line`, in its order."""
    for number, line in enumerate(lines, 1):
        amount = line.amount
        yield (
            cause_id, cause, number, line.account, line.merchant_account_id, amount.minor,
            amount.currency, at,
        )  # fmt: skip
