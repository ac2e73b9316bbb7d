"""Batches: what a plan adds, in one call of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from comptoir import accounting, events
from comptoir.imports.linking import Placed, Plan
from comptoir.imports.row import Row
from comptoir.imports.runs import OWN_ID, Run
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.payments import Kind, Status

Fields = tuple[object, ...]  # Of one row, in the order of its type in the database.
_RANKS = {"shop_id": 0, "email": 1}
ORDER_LENGTH = 100
_STORE = "select import_rows_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)::text"


class LedOn(Exception):
    """The batch does not follow the last one: another process reads the same file, or the batch
    before has not been stored as it was planned.
    """


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the reading has come, and what it left aside since the last batch."""

    line: int
    refused: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The place of a batch in its run: its id, and the one it was planned to follow."""

    id: UUID
    follows: UUID | None


def arguments(run: Run, plan: Plan) -> list[list[Fields]]:
    """What a plan adds, as the database is told: consumers, keys, payments, operations, …

    Each row has the fields of its composite type (0027) in their order.
    """
    kind = str(run.mapping["reference_kind"])
    return [
        [_consumer(new.id, new.row) for new in plan.consumers],
        [(_RANKS[kind], kind, value, consumer_id) for kind, value, consumer_id in plan.keys],
        [_payment(p) for p in plan.placed if p.new_payment],
        [_operation(place, p) for place, p in enumerate(plan.placed, 1)],
        _references(plan.placed, run, kind),
        [line for p in plan.placed for line in _entries(p, run.account_id)],
        [(row.at, row.line, row) for row in plan.waiting],
    ]


async def store(
    tx: db.Tx,
    actor: Actor,
    run: Run,
    plan: Plan,
    counts: Counts,
    *,
    step: Step | None = None,
    placed: Sequence[int] = (),
) -> None:
    """Add what was planned. `placed`: lines that waited and wait no longer."""
    told = arguments(run, plan)
    await tx.value(_STORE, *_noted(actor, run, plan, counts, step), *told, list(placed))


async def send(actor: Actor, run: Run, plan: Plan, counts: Counts, step: Step) -> None:
    """The same in a transaction of its own and one round trip.

    It may be sent while the batch that it follows is being stored. Raises `LedOn` if that was not
    the last one then.
    """
    told = arguments(run, plan)
    try:
        await db.call(_STORE, *_noted(actor, run, plan, counts, step), *told, [])
    except asyncpg.ObjectNotInPrerequisiteStateError as error:
        raise LedOn from error


def _noted(
    actor: Actor, run: Run, plan: Plan, counts: Counts, step: Step | None
) -> tuple[object, ...]:
    noted: dict[str, object] = {
        "line": counts.line, "known": len(plan.known),
        "refused": counts.refused + len(plan.doubles),
        "ignored": counts.ignored, "alone": plan.alone, "actor": events.signature(actor),
    }  # fmt: skip
    if step is not None:
        noted |= {"batch": step.id, "follows": step.follows}
    return run.company_id, run.id, clock.now(), noted


def _consumer(consumer_id: UUID, row: Row) -> Fields:
    return consumer_id, row.shop_id, row.name, row.email, row.country


def _payment(placed: Placed) -> Fields:
    row = placed.row
    order = row.order or row.id or row.gateway_reference or f"imported-{row.key.hex[:12]}"
    facts = (("name", row.name), ("country", row.country), ("shop_id", row.shop_id))
    return (
        placed.payment_id, placed.consumer_id, order[:ORDER_LENGTH], row.description, row.amount,
        row.currency, row.method, row.email, {name: value for name, value in facts if value},
        row.at,
    )  # fmt: skip


def _operation(place: int, placed: Placed) -> Fields:
    row = placed.row
    return (
        place, placed.level, placed.id, placed.payment_id, placed.consumer_id, row.kind,
        row.status, row.result, placed.refers_to, row.amount, row.currency, row.method, row.brand,
        row.first6, row.last4, row.country, row.reason, row.settled_at, row.at, row.key,
    )  # fmt: skip


def _references(placed: list[Placed], run: Run, kind: str) -> list[Fields]:
    """The names by which others know an operation. Of two that share one, the first keeps it."""
    found: dict[tuple[str, str], Fields] = {}
    # Where no account is named, the originator stands for the account that nobody knows.
    owner = run.account_id or run.originator_id
    for one in placed:
        own, theirs = one.row.id, one.row.gateway_reference
        if own is not None:
            found.setdefault((OWN_ID, own), (run.originator_id, OWN_ID, own, one.id))
        if theirs is not None:
            found.setdefault((kind, theirs), (owner, kind, theirs, one.id))
    return list(found.values())


def _entries(placed: Placed, account_id: UUID | None) -> list[Fields]:
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


def _lines(cause_id: UUID, cause: str, at: datetime, lines: list[accounting.Line]) -> list[Fields]:
    return [
        (
            cause_id, cause, place, line.account, line.merchant_account_id, line.amount.minor,
            line.amount.currency, at,
        )
        for place, line in enumerate(lines, 1)
    ]  # fmt: skip
