"""Ledger entries: immutable, balanced per currency, keyed by what caused them.

Positive is debit, negative is credit. `receivable`: what acquirers owe; `payable`: what is owed to
the company; `bank`: money received; `fee_income` and `gateway_cost`: the two sides of a price;
`authorised` and its contra: promised, not moved. Corrections are opposite entries.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money

LIST_LIMIT = 50_000  # Lines of one payment's operations; each has a handful.
BALANCES_LIMIT = 5_000  # Accounts by currency: there are fewer.


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a set that sums to zero."""

    account: str
    amount: Money
    merchant_account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    cause_id: UUID
    cause: str
    line: int
    account: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    account: str
    currency: str
    balance_minor: int


def outcome_lines(
    kind: str, amount: Money, account_id: UUID | None, origin: str | None = None
) -> list[Line]:
    """What the success of an operation posts. `origin` is the kind of what it refers to."""
    if amount.minor == 0:
        return []
    authorised = [Line("authorised", amount, account_id), Line("authorised_contra", -amount)]
    moved = [Line("receivable", amount, account_id), Line("payable", -amount)]
    match kind:
        case "authorize":
            return authorised
        case "sale" | "rebill" | "collection":
            return moved
        case "capture":
            return [*opposite(authorised), *moved]
        case "cancel":
            return opposite(authorised) if origin == "authorize" else opposite(moved)
        case "refund" | "credit" | "chargeback" | "reversal":
            return opposite(moved)
        case "representment":
            return moved
        case _:
            return []  # Checks, notices and requests move no money.


def settled_lines(net_of_fee: Money, fee: Money, account_id: UUID | None) -> list[Line]:
    """An acquirer paid: the receivable becomes bank money, less what it kept for itself."""
    lines = [
        Line("bank", net_of_fee),
        Line("gateway_cost", fee, account_id),
        Line("receivable", -(net_of_fee + fee), account_id),
    ]
    return [line for line in lines if line.amount.minor]


def price_lines(fee: Money) -> list[Line]:
    """The company is charged the provider's price for an operation."""
    return [Line("payable", fee), Line("fee_income", -fee)] if fee.minor else []


def opposite(lines: list[Line]) -> list[Line]:
    return [Line(line.account, -line.amount, line.merchant_account_id) for line in lines]


def as_rows(lines: list[Line]) -> list[dict[str, Any]] | None:
    """The form that `post_entries_v1` reads; None when there is nothing to post."""
    return [
        {
            "account": line.account,
            "merchant_account_id": line.merchant_account_id,
            "amount": line.amount.minor,
            "currency": line.amount.currency,
        }
        for line in lines
    ] or None


async def post_entries(
    tx: db.Tx, cause_id: UUID, cause: str, lines: list[Line], *, live: bool, at: datetime
) -> None:
    """Post a balanced set, once per cause. An unbalanced set is refused by the database."""
    rows = as_rows(lines)
    if rows:
        await tx.run(
            "select post_entries_v1($1, $2, $3, $4, $5, $6)",
            tx.company, cause_id, cause, live, at, rows,
        )  # fmt: skip


async def list_entries(tx: db.Tx, cause_ids: list[UUID]) -> list[Entry]:
    """Entries of some operations, oldest first."""
    return await tx.all(
        Entry,
        "select cause_id, cause, line, account, amount_minor, currency, at from entry"
        " where company_id = $1 and cause_id = any($2::uuid[]) order by at, cause_id, cause, line"
        " limit $3",
        tx.company, cause_ids, LIST_LIMIT,
    )  # fmt: skip


async def balances(actor: Actor) -> list[Balance]:
    """Sum of every account and currency of the actor's mode; each currency sums to zero."""
    async with db.reads(actor) as tx:
        return await tx.all(
            Balance,
            "select account, currency::text as currency, sum(amount_minor)::bigint as"
            " balance_minor from entry where ($1::uuid is null or company_id = $1) and live = $2"
            " group by account, currency order by account, currency limit $3",
            actor.company_id, actor.live, BALANCES_LIMIT,
        )  # fmt: skip
