"""What may follow an operation: capture, cancel, refund, rebill, credit.

One shape for all: lock the operation referred to, check what is left, commit the intention in the
same transaction, then call the gateway with no transaction open. A rebill is judged by risk before,
as every charge is, and keeps its decision.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from comptoir import events, gateways, merchants
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict
from comptoir.kit.money import Money
from comptoir.payments.ask import Ask, store_answer
from comptoir.payments.charge import WrongAmount, check_credit
from comptoir.payments.judging import decision_row, judge_rebill, refused
from comptoir.payments.numbers import next_number
from comptoir.payments.operation import (
    OPERATIONS_LIMIT,
    ROOM,
    Kind,
    Operation,
    Status,
    get_operation,
    list_children,
    lock_operation,
)
from comptoir.payments.rules import Possible, holds, possible
from comptoir.payments.scope import within_operation
from comptoir.payments.seller import check_open, get_seller
from comptoir.payments.sending import SENT_LEASE, load_account, open_intention, references, send

FOLLOW_UPS = (Kind.CAPTURE, Kind.REFUND, Kind.CANCEL, Kind.REBILL, Kind.CREDIT)
_NEW_MONEY = frozenset({Kind.REBILL, Kind.CREDIT})  # Their amount has no limit in what they follow.


class NotPossible(Conflict):
    code = "not_possible"
    title = "This cannot be done with the transaction now"


class TooLarge(Conflict):
    code = "amount_too_large"
    title = "The amount is more than what is left"


class PaymentFull(Conflict):
    code = "payment_full"
    title = "This payment has as many operations as one can have; begin a new payment"


async def follow_up(
    actor: Actor,
    kind: Kind,
    operation_id: UUID,
    amount: Money | None = None,
    *,
    reason: str | None = None,
    ask: Ask | None = None,
    enter: Callable[[db.Tx, Operation], Awaitable[None]] | None = None,
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Do `kind` to an operation; without an amount, all that is left.

    `enter` writes what the caller keeps beside the intention, and may refuse it.

    Raises `NotFound`, `NotPossible` (says why), `TooLarge` (says what is left), `WrongAmount`.
    """
    number = await next_number()
    actor = await within_operation(actor, operation_id)
    company_id = actor.company_id
    assert company_id is not None, "narrowed above"
    seller = decision = None
    if kind in _NEW_MONEY:
        async with db.transaction(company=company_id) as tx:
            origin = await get_operation(tx, actor, operation_id)
            if kind is Kind.REBILL:
                decision = await judge_rebill(tx, origin, amount or origin.amount)
        seller = await get_seller(actor, origin.originator_id)
        check_open(seller)
    async with db.transaction(company=company_id) as tx:
        origin = await lock_operation(tx, actor, operation_id)
        children = await list_children(tx, operation_id)
        chosen = _amount(origin, kind, children, amount, await _hindered(tx, origin))
        if kind is Kind.CREDIT and seller is not None:
            check_credit(seller, chosen)
        operation = _prepare(actor, origin, kind, chosen, number, reason)
        assert origin.account_id is not None, "an operation that can be followed has an account"
        account = await load_account(tx, origin.account_id)
        _check_able(account, origin, children, operation)
        if kind in _NEW_MONEY:
            await _check_account(tx, origin.account_id)
        act = await _act(tx, origin, operation)
        if decision is not None and decision.blocked:
            operation = refused(operation, decision)
        decisions = None if decision is None else [decision_row(decision)]
        await open_intention(operation, ask=ask, tx=tx, decisions=decisions)
        if enter is not None:
            await enter(tx, operation)
    if operation.status is Status.DECLINED:
        return operation, None if ask is None else await store_answer(operation, ask)
    return await send(actor, operation, account, act, origin=origin.kind, ask=ask)


def _check_able(
    account: gateways.AccountContext,
    origin: Operation,
    children: list[Operation],
    operation: Operation,
) -> None:
    """What a connector cannot do is refused before anything is written."""
    able = gateways.get_connector(account.connector).capabilities
    part = operation.amount < origin.amount
    if operation.kind is Kind.REFUND and part and not able.partial_refund:
        raise NotPossible("This gateway refunds whole amounts only")
    if operation.kind is Kind.CAPTURE and part and not able.partial_capture:
        raise NotPossible("This gateway captures whole amounts only")
    captured = any(c.kind is Kind.CAPTURE and holds(c) for c in children)
    if operation.kind is Kind.CAPTURE and captured and not able.several_captures:
        raise NotPossible("This gateway captures an authorisation once")


async def _check_account(tx: db.Tx, account_id: UUID) -> None:
    account = await merchants.get_account(tx, account_id)
    if account.state != "active":
        raise NotPossible("The merchant account of this payment is switched off")


def _amount(
    origin: Operation,
    kind: Kind,
    children: list[Operation],
    amount: Money | None,
    obstacle: str | None,
) -> Money:
    state = possible(origin, kind, children, can_act=obstacle)
    if state.refusal is not None:
        raise NotPossible(state.refusal, operation=str(kind), left_minor=max(state.left.minor, 0))
    if kind is Kind.CANCEL:
        if amount is not None and amount != state.left:
            raise WrongAmount("A cancel undoes the whole authorisation", field="amount")
        return state.left
    if amount is None:
        return origin.amount if kind in _NEW_MONEY else state.left
    if amount.currency != origin.amount.currency or amount.minor <= 0:
        raise WrongAmount(field="amount", currency=origin.amount.currency)
    if kind not in _NEW_MONEY and amount > state.left:
        raise TooLarge(
            f"{state.left} is left", field="amount", left_minor=state.left.minor,
            currency=state.left.currency,
        )  # fmt: skip
    return amount


async def _hindered(tx: db.Tx, origin: Operation) -> str | None:
    """As `_obstacle`, and the import that brought it stays as it is until we have committed.

    An undo locks its run before it looks whether anything refers to what the run brought. Nobody
    waits here, with an operation locked, for whoever locks the run first and operations then.
    """
    if origin.import_id is not None and not await tx.value(
        "select true from import_run where company_id = $1 and id = $2"
        " and state not in ('undoing', 'undone') for share skip locked",
        tx.company, origin.import_id,
    ):  # fmt: skip
        return "The import that brought this is being changed; try again in a moment"
    return await _obstacle(tx, origin)


async def _obstacle(tx: db.Tx, origin: Operation) -> str | None:
    """Why the gateway of an operation cannot be asked to act on it, or None."""
    if origin.source == "own":
        return None if origin.account_id else "It was never sent to a gateway"
    if origin.account_id is None:
        return "It is imported history, and no merchant account is set for it"
    if origin.source == "demo":
        return None
    known = await references(tx, origin.id)
    return None if known else "It is imported history without a gateway reference to act on"


async def possibilities(tx: db.Tx, actor: Actor, operation_id: UUID) -> list[Possible]:
    """Every follow-up of an operation: allowed with what is left, or refused with the reason."""
    origin = await get_operation(tx, actor, operation_id)
    children = await list_children(tx, operation_id)
    obstacle = await _obstacle(tx, origin)
    return [possible(origin, kind, children, can_act=obstacle) for kind in FOLLOW_UPS]


def _prepare(
    actor: Actor, origin: Operation, kind: Kind, amount: Money, number: int, reason: str | None
) -> Operation:
    now = clock.now()
    return replace(
        origin,
        id=ids.new(),
        number=number,
        kind=kind,
        amount=amount,
        refers_to=origin.id,
        status=Status.SENT,
        result_code=None,
        source="own",
        reason=reason,
        action=None,
        financial="not_sent",
        sent_for_settlement_at=None,
        settled_at=None,
        capture_before=None,
        next_try_at=now + SENT_LEASE,
        tries=0,
        actor=events.signature(actor),
        occurred_at=now,
        finished_at=None,
        import_id=None,
    )


async def _act(tx: db.Tx, origin: Operation, operation: Operation) -> gateways.Act:
    row: Any = await tx.row(
        "select p.order_id, t.gateway_token, t.vault_id, (select count(*) from operation o"
        "  where o.company_id = p.company_id and o.payment_id = p.id) as operations from payment p"
        " left join card_token t on t.company_id = p.company_id and t.id = $3"
        " where p.company_id = $1 and p.id = $2",
        tx.company, operation.payment_id, operation.card_token,
    )  # fmt: skip
    room = ROOM if operation.kind in _NEW_MONEY else 0
    if row["operations"] >= OPERATIONS_LIMIT - room:
        raise PaymentFull(limit=OPERATIONS_LIMIT)
    return gateways.Act(
        kind=gateways.ActKind(operation.kind),
        key=operation.id,
        amount=operation.amount,
        refs=await references(tx, origin.id),
        token=row["gateway_token"] if operation.kind in _NEW_MONEY else None,
        vault_id=row["vault_id"] if operation.kind in _NEW_MONEY else None,
        asked_by=operation.actor,
        order_id=row["order_id"],
    )
