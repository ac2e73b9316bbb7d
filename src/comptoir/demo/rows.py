"""Writes a told story: some thousand rows per statement, in the transaction of its company.

Entries go through `post_entry_sets_v1`, which refuses what does not balance; limits, row-level
security and number blocks are those of every operation.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from comptoir import consumers
from comptoir.demo import members
from comptoir.demo.books import Tariff, entries, settle
from comptoir.demo.chronicle import decisions, happenings
from comptoir.demo.exchanges import action, calls, gateway_name, sandbox_row, token_name
from comptoir.demo.story import Ground, Operation, Payment, Shopper
from comptoir.kit import crypto, db

ROWS = 2000  # In one statement.
FIRST = 250  # Operations of the first statement; each next one takes twice as many.
BLOCK = 64  # Numbers in one block of the sequence.
RICH_DAYS = 7  # How far back exchanges and decisions are kept.

_PAYMENTS = """
insert into payment (company_id, id, live, source, originator_id, consumer_id, order_id,
    description, amount_minor, currency, mode, method, email, shopper, occurred_at, recorded_at)
select $1, x.id, false, 'demo', x.originator_id, x.consumer_id, x.order_id, x.description,
    x.amount_minor, x.currency, x.mode, 'card', x.email, x.shopper, x.at, x.at
from jsonb_to_recordset($2) as x(id uuid, originator_id uuid, consumer_id uuid, order_id text,
    description text, amount_minor bigint, currency text, mode text, email text, shopper jsonb,
    at timestamptz)
"""
_OPERATIONS = """
insert into operation (company_id, id, number, payment_id, originator_id, account_id, consumer_id,
    live, source, kind, status, result_code, refers_to, amount_minor, currency, method, brand,
    card_first6, card_last4, card_token, card_fingerprint, country, reason, action, financial,
    sent_for_settlement_at, settled_at, capture_before, next_try_at, tries, actor, occurred_at,
    recorded_at, finished_at)
select $1, x.id, x.number, x.payment_id, x.originator_id, x.account_id, x.consumer_id, false,
    'demo', x.kind, x.status, x.result_code, x.refers_to, x.amount_minor, x.currency, 'card',
    x.brand, x.first6, x.last4, x.token, decode(x.fingerprint, 'hex'), x.country, x.reason,
    x.action, x.financial, x.sent_at, x.settled_at, x.capture_before, x.next_try_at, x.tries,
    x.actor, x.at, x.at, x.finished_at
from jsonb_to_recordset($2) as x(id uuid, number bigint, payment_id uuid, originator_id uuid,
    account_id uuid, consumer_id uuid, kind text, status text, result_code text, refers_to uuid,
    amount_minor bigint, currency text, brand text, first6 text, last4 text, token uuid,
    fingerprint text, country text, reason text, action jsonb, financial text,
    sent_at timestamptz, settled_at timestamptz, capture_before timestamptz,
    next_try_at timestamptz, tries int, actor text, at timestamptz, finished_at timestamptz)
order by x.number
"""
_CONSUMERS = """
insert into consumer (company_id, id, live, shop_id, name, email, phone, country, created_at)
select $1, x.id, false, x.shop_id, x.name, x.email, x.phone, x.country, x.at
from jsonb_to_recordset($2) as x(id uuid, shop_id text, name text, email text, phone text,
    country text, at timestamptz)
"""
_KEYS = """
insert into consumer_key (company_id, live, kind, value, consumer_id)
select $1, false, x.kind, decode(x.value, 'hex'), x.consumer_id
from jsonb_to_recordset($2) as x(kind text, value text, consumer_id uuid)
"""
_TOKENS = """
insert into card_token (company_id, id, live, account_id, consumer_id, gateway_token, fingerprint,
    brand, first6, last4, expiry_month, expiry_year, created_at)
select $1, x.id, false, x.account_id, x.consumer_id, x.gateway_token,
    decode(x.fingerprint, 'hex'), x.brand, x.first6, x.last4, x.month, x.year, x.at
from jsonb_to_recordset($2) as x(id uuid, account_id uuid, consumer_id uuid, gateway_token text,
    fingerprint text, brand text, first6 text, last4 text, month int, year int, at timestamptz)
"""
_REFERENCES = """
insert into gateway_reference (company_id, account_id, kind, value, operation_id)
select $1, x.account_id, 'operation', x.value, x.operation_id
from jsonb_to_recordset($2) as x(account_id uuid, value text, operation_id uuid)
"""
_SANDBOX = """
insert into sandbox_operation (company_id, account_id, id, reference, kind, status, first_status,
    code, rule, amount_minor, currency, original, captured_minor, refunded_minor, released_minor,
    brand, first6, last4, month, year, three_ds, challenge, at, capture_before, finished_at,
    ready_at)
select $1, x.account_id, x.id, x.reference, x.kind, x.status, x.first_status, x.code, x.rule,
    x.amount_minor, x.currency, x.original, x.captured_minor, x.refunded_minor, x.released_minor,
    x.brand, x.first6, x.last4, x.month, x.year, x.three_ds, x.challenge, x.at, x.capture_before,
    x.finished_at, x.ready_at
from jsonb_to_recordset($2) as x(account_id uuid, id uuid, reference text, kind text, status text,
    first_status text, code text, rule text, amount_minor bigint, currency text, original uuid,
    captured_minor bigint, refunded_minor bigint, released_minor bigint, brand text, first6 text,
    last4 text, month int, year int, three_ds text, challenge text, at timestamptz,
    capture_before timestamptz, finished_at timestamptz, ready_at timestamptz)
"""
_EVENTS = """
insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
select $1, x.at, false, x.kind, x.payment_id, x.subject_id, x.actor, x.data
from jsonb_to_recordset($2) as x(at timestamptz, kind text, payment_id uuid, subject_id uuid,
    actor text, data jsonb)
"""
_DECISIONS = """
insert into decision (company_id, id, payment_id, operation_id, kind, version, outcome, inputs,
    reasons, at)
select $1, x.id, x.payment_id, x.operation_id, x.kind, x.version, x.outcome, x.inputs, x.reasons,
    x.at
from jsonb_to_recordset($2) as x(id uuid, payment_id uuid, operation_id uuid, kind text,
    version text, outcome text, inputs jsonb, reasons jsonb, at timestamptz)
"""
_CALLS = """
insert into gateway_call (company_id, id, operation_id, account_id, purpose, at, milliseconds,
    request, answer, fault)
select $1, x.id, x.operation_id, x.account_id, x.purpose, x.at, x.milliseconds, x.request,
    x.answer, x.fault
from jsonb_to_recordset($2) as x(id uuid, operation_id uuid, account_id uuid, purpose text,
    at timestamptz, milliseconds int, request jsonb, answer jsonb, fault text)
"""
_ENTRIES = "select post_entry_sets_v1($1, false, $2::posted_line[])"
_BLOCKS = "select array_agg(nextval('operation_number_block')) from generate_series(1, $1)"


async def write(
    tx: db.Tx,
    ground: Ground,
    told: list[Payment],
    tariff: Tariff,
    end: datetime,
    listed: dict[str, UUID],
) -> int:
    """Everything about some payments; how many operations there were."""
    operations = sorted(
        (operation for payment in told for operation in payment.operations),
        key=lambda operation: (operation.at, operation.id),
    )
    await _number(tx, operations)
    settle(operations, end)
    dice = Random(len(operations))  # noqa: S311  Latencies, not secrets.
    shoppers = list({payment.shopper.id: payment.shopper for payment in told}.values())
    await _insert(tx, _CONSUMERS, (_consumer(shopper) for shopper in shoppers))
    await _insert(tx, _KEYS, (row for shopper in shoppers for row in _keys(shopper)))
    await _insert(tx, _PAYMENTS, map(_payment, told))
    await _insert_operations(tx, ground, operations)
    joined = await members.number(tx, told)
    await members.write(tx, joined)
    await _insert(tx, _TOKENS, map(_token, filter(_has_token, operations)))
    await _insert(tx, _REFERENCES, map(_reference, filter(_has_reference, operations)))
    await _insert(tx, _SANDBOX, (
        sandbox_row(o, o.account) for o in operations if o.account and o.gateway_id
    ))  # fmt: skip
    await _post(tx, operations, tariff)
    await _insert(tx, _EVENTS, happenings(told, tariff, end))
    lately = [o for o in operations if o.at > end - timedelta(days=RICH_DAYS)]
    charges = [o for o in lately if o.parent is None or o.blocked_by]
    await _insert(tx, _DECISIONS, (row for o in charges for row in decisions(o, dice, listed)))
    await _insert(tx, _CALLS, (row for o in lately for row in calls(ground, o, dice)))
    return len(operations)


async def _number(tx: db.Tx, operations: Sequence[Operation]) -> None:
    """Decimal numbers in the order of time, from blocks of the one sequence."""
    blocks = await tx.value(_BLOCKS, -(-len(operations) // BLOCK))
    numbers = (first + place for first in sorted(blocks or []) for place in range(BLOCK))
    for operation, number in zip(operations, numbers, strict=False):
        operation.number = number


async def _insert_operations(tx: db.Tx, ground: Ground, operations: list[Operation]) -> None:
    """Limits are checked at each row by plans that were made when the table was smaller.

    Those for an empty table read all of the company each time, so plans are made anew as it grows.
    """
    place, size = 0, FIRST
    while place < len(operations):
        await tx.run("discard plans")
        part = operations[place : place + size]
        await _insert(tx, _OPERATIONS, (_operation(ground, o) for o in part))
        place, size = place + size, min(2 * size, ROWS)


async def _post(tx: db.Tx, operations: list[Operation], tariff: Tariff) -> None:
    """Post entries; those of one operation stay in one statement, where they must balance."""
    for place in range(0, len(operations), ROWS // 4):
        part = operations[place : place + ROWS // 4]
        await tx.run(_ENTRIES, tx.company, [row for o in part for row in entries(o, tariff)])


async def _insert(tx: db.Tx, sql: str, rows: Iterable[object]) -> None:
    """Insert rows some thousands at a time."""
    left = iter(rows)
    while part := list(islice(left, ROWS)):
        await tx.run(sql, tx.company, part)


def _consumer(shopper: Shopper) -> dict[str, Any]:
    return {
        "id": shopper.id,
        "shop_id": shopper.shop_id,
        "name": shopper.name,
        "email": shopper.email,
        "phone": shopper.phone,
        "country": shopper.country,
        "at": shopper.at,
    }


def _keys(shopper: Shopper) -> Iterator[dict[str, Any]]:
    """What recognises a shopper next time; each card of a shopper does."""
    keys = consumers.recognition_keys(shopper.shop_id, shopper.email, None)
    for kind, value in keys:
        yield {"kind": kind, "value": value.hex(), "consumer_id": shopper.id}
    for card in shopper.cards:
        yield {"kind": "card", "value": card.fingerprint, "consumer_id": shopper.id}


def _payment(payment: Payment) -> dict[str, Any]:
    shopper = payment.shopper
    said = {
        "name": shopper.name,
        "phone": shopper.phone,
        "ip": shopper.ip,
        "country": shopper.country,
        "shop_id": shopper.shop_id,
    }
    return {
        "id": payment.id,
        "originator_id": payment.shop.id,
        "consumer_id": shopper.id,
        "order_id": payment.order_id,
        "description": payment.description,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "mode": payment.mode,
        "email": shopper.email,
        "shopper": {name: value for name, value in said.items() if value},
        "at": payment.at,
    }


def _operation(ground: Ground, operation: Operation) -> dict[str, Any]:
    payment, card, parent = operation.payment, operation.card, operation.parent
    return {
        "id": operation.id,
        "number": operation.number,
        "payment_id": payment.id,
        "originator_id": payment.shop.id,
        "account_id": None if operation.account is None else operation.account.id,
        "consumer_id": payment.shopper.id,
        "kind": operation.kind,
        "status": operation.status,
        "result_code": operation.code,
        "refers_to": None if parent is None else parent.id,
        "amount_minor": operation.amount_minor,
        "currency": payment.currency,
        "brand": card.brand,
        "first6": card.first6,
        "last4": card.last4,
        "token": operation.token,
        "fingerprint": card.fingerprint if parent is None else None,
        "country": payment.shopper.country,
        "reason": operation.reason,
        "action": action(ground, operation),
        "financial": operation.financial,
        "sent_at": operation.sent_at,
        "settled_at": operation.settled_at,
        "capture_before": operation.capture_before,
        "next_try_at": operation.next_try_at,
        "tries": operation.tries,
        "actor": operation.actor,
        "at": operation.at,
        "finished_at": operation.finished_at,
    }


def _has_token(operation: Operation) -> bool:
    return operation.token is not None and operation.parent is None


def _token(operation: Operation) -> dict[str, Any]:
    assert operation.account is not None, "a token is the gateway's"
    name, card = token_name(operation), operation.card
    return {
        "id": operation.token,
        "account_id": operation.account.id,
        "consumer_id": operation.payment.shopper.id,
        "gateway_token": name,
        "fingerprint": crypto.fingerprint("card-token", name).hex(),
        "brand": card.brand,
        "first6": card.first6,
        "last4": card.last4,
        "month": card.month,
        "year": card.year,
        "at": operation.finished_at,
    }


def _has_reference(operation: Operation) -> bool:
    """The gateway has answered with its own name of the operation."""
    return operation.gateway_id is not None and operation.status not in {"unknown", "sent"}


def _reference(operation: Operation) -> dict[str, Any]:
    assert operation.account is not None, "a reference is an account's"
    return {
        "account_id": operation.account.id,
        "value": gateway_name(operation),
        "operation_id": operation.id,
    }
