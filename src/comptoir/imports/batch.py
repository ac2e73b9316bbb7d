"""Batches: what a plan adds, in one call of the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from comptoir import accounting, events
from comptoir.imports.linking import Placed, Plan
from comptoir.imports.row import Row
from comptoir.imports.runs import OWN_ID, Run
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.payments import Kind, Status

_RANKS = {"shop_id": 0, "email": 1}
ORDER_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the reading has come, and what it left aside since the last batch."""

    line: int
    refused: int = 0
    ignored: int = 0


def arguments(run: Run, plan: Plan) -> list[list[dict[str, Any]]]:
    """What a plan adds, as the database is told: consumers, keys, payments, operations, …"""
    kind = str(run.mapping["reference_kind"])
    return [
        [_consumer(new.id, new.row) for new in plan.consumers],
        [
            {"rank": _RANKS[kind], "kind": kind, "value": value.hex(), "consumer_id": consumer_id}
            for kind, value, consumer_id in plan.keys
        ],
        [_payment(p) for p in plan.placed if p.new_payment],
        [_operation(place, p) for place, p in enumerate(plan.placed, 1)],
        list(_references(plan.placed, run, kind).values()),
        [line for p in plan.placed for line in _entries(p, run.account_id)],
        [{"at": row.at, "line": row.line, "content": row} for row in plan.waiting],
    ]


async def store(
    tx: db.Tx,
    actor: Actor,
    run: Run,
    plan: Plan,
    counts: Counts,
    told: list[list[dict[str, Any]]],
    placed: list[int],
) -> None:
    """Add what was planned, by its `arguments`. `placed`: lines that waited and wait no longer."""
    noted = {
        "line": counts.line, "known": len(plan.known), "refused": counts.refused,
        "ignored": counts.ignored, "alone": plan.alone, "actor": events.signature(actor),
    }  # fmt: skip
    await tx.value(
        "select import_rows_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)::text",
        tx.company, run.id, clock.now(), noted, *told, placed,
    )  # fmt: skip


def _consumer(consumer_id: UUID, row: Row) -> dict[str, Any]:
    return {
        "id": consumer_id, "shop_id": row.shop_id, "name": row.name, "email": row.email,
        "country": row.country,
    }  # fmt: skip


def _payment(placed: Placed) -> dict[str, Any]:
    row = placed.row
    order = row.order or row.id or row.gateway_reference or f"imported-{row.key.hex[:12]}"
    facts = (("name", row.name), ("country", row.country), ("shop_id", row.shop_id))
    return {
        "id": placed.payment_id, "consumer_id": placed.consumer_id,
        "order_id": order[:ORDER_LENGTH], "description": row.description,
        "amount_minor": row.amount, "currency": row.currency, "method": row.method,
        "email": row.email, "shopper": {name: value for name, value in facts if value},
        "occurred_at": row.at,
    }  # fmt: skip


def _operation(place: int, placed: Placed) -> dict[str, Any]:
    row = placed.row
    return {
        "place": place, "level": placed.level, "id": placed.id, "payment_id": placed.payment_id,
        "consumer_id": placed.consumer_id, "kind": row.kind, "status": row.status,
        "result_code": row.result, "refers_to": placed.refers_to, "amount_minor": row.amount,
        "currency": row.currency, "method": row.method, "brand": row.brand,
        "card_first6": row.first6, "card_last4": row.last4, "country": row.country,
        "reason": row.reason, "settled_at": row.settled_at, "occurred_at": row.at,
        "import_key": row.key,
    }  # fmt: skip


def _references(placed: list[Placed], run: Run, kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The names by which others know an operation. Of two that share one, the first keeps it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in placed:
        own = (run.originator_id, OWN_ID, one.row.id)
        # Where no account is named, the originator stands for the account that nobody knows.
        theirs = (run.account_id or run.originator_id, kind, one.row.gateway_reference)
        for owner, what, value in (own, theirs):
            if value is not None:
                found.setdefault(
                    (what, value),
                    {"account_id": owner, "kind": what, "value": value, "operation_id": one.id},
                )
    return found


def _entries(placed: Placed, account_id: UUID | None) -> list[dict[str, Any]]:
    """Balanced lines for what succeeded, and for the fee that a provider kept."""
    row = placed.row
    moved: list[accounting.Line] = []
    if row.status is Status.SUCCEEDED:
        origin = placed.origin or (Kind.AUTHORIZE if row.kind is Kind.CANCEL else None)
        amount = Money(row.amount, row.currency)
        moved = accounting.outcome_lines(row.kind, amount, account_id, origin)
    entries = _lines(placed.id, "outcome", row.at, moved)
    if row.settled_at is None and (row.fee is None or row.status is Status.SUCCEEDED):
        return entries
    fee = Money(row.fee or 0, row.currency)
    gross = Money(
        sum(line.amount.minor for line in moved if line.account == "receivable"), row.currency
    )
    at = row.settled_at or row.at
    settled = accounting.settled_lines(gross - fee, fee, account_id)
    entries += _lines(placed.id, "settled", at, settled)
    return entries + _lines(placed.id, "fee", at, accounting.price_lines(fee))


def _lines(
    cause_id: UUID, cause: str, at: datetime, lines: list[accounting.Line]
) -> list[dict[str, Any]]:
    return [
        {
            "cause_id": cause_id, "cause": cause, "line": place, "account": line.account,
            "merchant_account_id": line.merchant_account_id, "amount": line.amount.minor,
            "currency": line.amount.currency, "at": at,
        }
        for place, line in enumerate(lines, 1)
    ]  # fmt: skip
