"""The three steps of every gateway call: commit the intention, call, commit the outcome.

No transaction is open during the call. A lost answer leaves the operation `unknown`; recovery
asks the gateway later, and nobody sends the card again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg

from comptoir import accounting, events, gateways, merchants
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import Actor
from comptoir.payments.ask import LEASE, Ask, KeyTaken, store_answer
from comptoir.payments.operation import FINAL, REACHED_FROM, SELECT, Kind, Operation, Status

# After how long an operation without an outcome is asked for (reference gateways 6.7).
LADDER = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    *([timedelta(hours=6)] * 28),
)
SENT_LEASE = LEASE  # A sender that died leaves its operation `sent`.


async def open_intention(
    operation: Operation,
    *,
    fingerprint: bytes | None = None,
    payment: dict[str, Any] | None = None,
    consumer: dict[str, Any] | None = None,
    decisions: list[dict[str, Any]] | None = None,
    entries: list[accounting.Line] | None = None,
    ask: Ask | None = None,
    beside: dict[str, Any] | None = None,
    tx: db.Tx | None = None,
) -> Operation:
    """Commit 1, one round trip; inside `tx` when the caller holds a lock on what is referred to.

    Raises `KeyTaken` if another request with the same key was quicker.
    """
    run = tx.row if tx is not None else db.call
    rows = (
        operation.company_id, payment, consumer, _operation_row(operation, fingerprint),
        decisions, None if ask is None else ask.row(), accounting.as_rows(entries or []),
    )  # fmt: skip
    try:
        if beside is None:
            row = await run(
                "select open_operation_v1($1, $2, $3, $4, $5, $6, $7) as consumer_id", *rows
            )
        else:
            row = await run(
                "select open_charge_v1($1, $2, $3, $4, $5, $6, $7, $8) as consumer_id",
                *rows, beside,
            )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        if ask is not None and error.constraint_name == "idempotency_pkey":
            raise KeyTaken from None
        raise
    assert row is not None
    return replace(operation, consumer_id=row["consumer_id"])


def _operation_row(operation: Operation, fingerprint: bytes | None) -> dict[str, Any]:
    return {
        "id": operation.id,
        "number": operation.number,
        "payment_id": operation.payment_id,
        "originator_id": operation.originator_id,
        "account_id": operation.account_id,
        "consumer_id": operation.consumer_id,
        "live": operation.live,
        "source": operation.source,
        "kind": operation.kind,
        "status": operation.status,
        "result_code": operation.result_code,
        "refers_to": operation.refers_to,
        "amount_minor": operation.amount.minor,
        "currency": operation.amount.currency,
        "method": operation.method,
        "brand": operation.brand,
        "card_first6": operation.card_first6,
        "card_last4": operation.card_last4,
        "card_token": operation.card_token,
        "card_fingerprint": None if fingerprint is None else fingerprint.hex(),
        "country": operation.country,
        "reason": operation.reason,
        "next_try_at": operation.next_try_at,
        "actor": operation.actor,
        "occurred_at": operation.occurred_at,
        "finished_at": operation.finished_at,
    }


async def send(
    actor: Actor,
    operation: Operation,
    account: gateways.AccountContext,
    act: gateways.Act,
    *,
    origin: Kind | None = None,
    ask: Ask | None = None,
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Call the gateway and settle. The second value is the stored answer for `ask`, if any."""
    performed = await gateways.perform(account, act)
    return await settle(actor, operation, performed, origin=origin, ask=ask)


async def settle(
    actor: Actor,
    operation: Operation,
    performed: gateways.Performed,
    *,
    origin: Kind | None = None,
    ask: Ask | None = None,
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Commit 2. Whoever brings the outcome first moves the operation; later ones are evidence."""
    outcome = _whole(operation, performed.outcome)
    after = apply_outcome(operation, outcome)
    token = None if outcome.token is None else _token_row(outcome.token)
    if token is not None and after.card_token is None:
        after = replace(after, card_token=token["id"])
    lines = (
        accounting.outcome_lines(operation.kind, operation.amount, operation.account_id, origin)
        if after.status is Status.SUCCEEDED
        else []
    )
    answer = ask.render(after) if ask is not None else None
    rows = (
        operation.company_id, operation.id, REACHED_FROM[after.status],
        _outcome_row(actor, after, ask),
        [{"kind": r.kind, "value": r.value} for r in outcome.refs] or None,
        accounting.as_rows(lines), call_rows(operation, performed),
        token, answer and answer[0], answer and answer[1],
        None if outcome.three_ds is None else dict(outcome.three_ds),
    )  # fmt: skip
    if outcome.avs is None:
        row = await db.call(
            "select settle_operation_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as moved",
            *rows,
        )
    else:
        row = await db.call(
            "select settle_operation_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " as moved",
            *rows, outcome.avs,
        )  # fmt: skip
    if row is None or not row["moved"]:
        return await _present(operation, outcome, token, ask)
    if ask is not None and clock.now() >= operation.occurred_at + LEASE:
        return after, await store_answer(after, ask)  # A copy may have been answered meanwhile.
    return after, answer


async def _present(
    operation: Operation,
    outcome: gateways.Outcome,
    token: dict[str, Any] | None,
    ask: Ask | None,
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Somebody else settled first: keep the names this answer adds, and tell what is stored."""
    async with db.transaction(company=operation.company_id) as tx:
        now = await _reread(tx, operation.id)
        if now.status is Status(outcome.status) and (outcome.refs or token):
            await _keep_names(tx, now, outcome.refs, token)
            now = await _reread(tx, operation.id)
    return now, None if ask is None else await store_answer(now, ask)


async def _keep_names(
    tx: db.Tx,
    operation: Operation,
    refs: tuple[gateways.GatewayRef, ...],
    token: dict[str, Any] | None,
) -> None:
    """A notification may be quicker than the answer, and say less: no refund without a name."""
    await tx.run(
        "insert into gateway_reference (company_id, account_id, kind, value, operation_id)"
        " select $1, $2, x.kind, x.value, $3 from unnest($4::text[], $5::text[]) as x(kind, value)"
        " where not exists (select from gateway_reference r where r.company_id = $1"
        "  and r.operation_id = $3 and r.kind = x.kind)"
        " on conflict (company_id, account_id, kind, value) do nothing",
        tx.company, operation.account_id, operation.id, [r.kind for r in refs],
        [r.value for r in refs],
    )  # fmt: skip
    if token is None or not await tx.run(
        "update operation set card_token = $3 where company_id = $1 and id = $2"
        " and card_token is null",
        tx.company, operation.id, token["id"],
    ):  # fmt: skip
        return
    await tx.run(
        "insert into card_token (company_id, id, live, account_id, consumer_id, gateway_token,"
        " fingerprint, brand, first6, last4, expiry_month, expiry_year, created_at)"
        " select $1, $3, o.live, o.account_id, o.consumer_id, $4,"
        " coalesce(o.card_fingerprint, decode($5, 'hex')), $6, $7, $8, $9, $10, $11"
        " from operation o where o.company_id = $1 and o.id = $2",
        tx.company, operation.id, token["id"], token["gateway_token"], token["fingerprint"],
        token["brand"], token["first6"], token["last4"], token["month"], token["year"],
        clock.now(),
    )  # fmt: skip


async def _reread(tx: db.Tx, operation_id: UUID) -> Operation:
    found = await tx.one(
        Operation, SELECT + " where company_id = $1 and id = $2", tx.company, operation_id
    )
    assert found is not None, "operations are never deleted"
    return found


def _whole(operation: Operation, outcome: gateways.Outcome) -> gateways.Outcome:
    """A success over another amount than asked is for a person: the books would be wrong."""
    done = outcome.amount_done
    if outcome.status is gateways.OutcomeStatus.SUCCEEDED and done not in (None, operation.amount):
        return replace(outcome, status=gateways.OutcomeStatus.UNKNOWN, result_code=None)
    return outcome


def apply_outcome(operation: Operation, outcome: gateways.Outcome) -> Operation:
    """The operation as the outcome leaves it: status, code, deadlines and the next question."""
    now = clock.now()
    status = Status(outcome.status)
    return replace(
        operation,
        status=status,
        result_code=outcome.result_code,
        action=None if outcome.action is None else dict(outcome.action),
        capture_before=_capture_before(operation, outcome, status, now),
        next_try_at=next_try(operation, status, now),
        tries=operation.tries + (status not in FINAL),
        finished_at=now if status in FINAL else None,
    )


def _capture_before(
    operation: Operation, outcome: gateways.Outcome, status: Status, now: datetime
) -> datetime | None:
    if operation.kind is not Kind.AUTHORIZE or status is not Status.SUCCEEDED:
        return operation.capture_before
    return outcome.capture_before or now + timedelta(days=7)


def next_try(operation: Operation, status: Status, now: datetime) -> datetime | None:
    """When to ask the gateway again; None when it is over, or when a person has to decide."""
    if status in FINAL or operation.tries >= len(LADDER):
        return None
    return now + LADDER[operation.tries]


def _outcome_row(actor: Actor, after: Operation, ask: Ask | None) -> dict[str, Any]:
    return {
        "status": after.status,
        "result_code": after.result_code,
        "action": after.action,
        "capture_before": after.capture_before,
        "next_try_at": after.next_try_at,
        "tries": after.tries,
        "finished_at": after.finished_at,
        "at": clock.now(),
        "actor": events.signature(actor),
        "key": None if ask is None else ask.key,
    }


def _token_row(token: gateways.CardTokenData) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "gateway_token": token.token,
        # Only where the number was never seen here: else the operation has its fingerprint.
        "fingerprint": crypto.fingerprint("card-token", token.token).hex(),
        "brand": token.brand,
        "first6": token.first6,
        "last4": token.last4,
        "month": token.month,
        "year": token.year,
    }


def call_rows(operation: Operation, performed: gateways.Performed) -> list[dict[str, Any]] | None:
    return [
        {
            "id": ids.new(),
            "account_id": operation.account_id,
            "purpose": exchange.purpose,
            "at": exchange.at,
            "milliseconds": exchange.milliseconds,
            "request": exchange.request,
            "answer": exchange.answer,
            "fault": exchange.fault,
        }
        for exchange in performed.exchanges
    ] or None


@lru_cache(maxsize=1024)
def _opened(account_id: UUID, sealed: bytes) -> dict[str, str]:
    return merchants.open_credentials(account_id, sealed)


def account_context(
    company_id: UUID,
    account_id: UUID,
    connector: str,
    sealed: bytes,
    live: bool,
    options: dict[str, Any],
) -> gateways.AccountContext:
    """A merchant account with its credentials opened, for the engine only."""
    return gateways.AccountContext(
        company_id, account_id, connector, _opened(account_id, sealed), live, options
    )


async def load_account(tx: db.Tx, account_id: UUID) -> gateways.AccountContext:
    account = await merchants.get_account(tx, account_id)
    sealed = await merchants.sealed_credentials(tx, account_id)
    return account_context(
        tx.company, account_id, account.connector, sealed, account.live, account.options
    )


async def references(tx: db.Tx, operation_id: UUID) -> tuple[gateways.GatewayRef, ...]:
    """What the gateway calls an operation."""
    rows = await tx.rows(
        "select kind, value from gateway_reference where company_id = $1 and operation_id = $2"
        " order by kind limit 20",
        tx.company, operation_id,
    )  # fmt: skip
    return tuple(gateways.GatewayRef(row["kind"], row["value"]) for row in rows)
