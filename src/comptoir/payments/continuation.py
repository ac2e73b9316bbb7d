"""An operation that waits for its shopper goes on under its own key, or is given up.

Only one of the two leaves the waiting: whoever moves the operation first. What became of it is the
gateway's word alone.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from comptoir import gateways
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.payments.ask import Ask
from comptoir.payments.followup import NotPossible
from comptoir.payments.operation import Operation, Status, get_operation
from comptoir.payments.sending import SENT_LEASE, load_account, references, send, settle

_TOLD = frozenset(
    {
        gateways.OutcomeStatus.SUCCEEDED,
        gateways.OutcomeStatus.DECLINED,
        gateways.OutcomeStatus.ACTION_REQUIRED,
    }
)


async def resume(
    actor: Actor, operation_id: UUID, answer: dict[str, Any], ask: Ask | None = None
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Go on with an operation that waited for the shopper. Raises `NotPossible` if it does not."""
    assert actor.company_id is not None, "a shopper's operation has its company"
    async with db.transaction(company=actor.company_id) as tx:
        operation = await get_operation(tx, actor, operation_id)
        if operation.account_id is None:
            raise NotPossible
        account = await load_account(tx, operation.account_id)
        refs = await references(tx, operation_id)
        operation = await _leave_waiting(tx, operation)
    act = gateways.Act(
        kind=gateways.ActKind.CONTINUE,
        key=operation.id,
        amount=operation.amount,
        refs=refs,
        continuation=answer,
    )
    return await send(actor, operation, account, act, ask=ask)


async def _leave_waiting(tx: db.Tx, operation: Operation) -> Operation:
    lease = clock.now() + SENT_LEASE
    moved = await tx.run(
        "update operation set status = 'sent', next_try_at = $3 where company_id = $1"
        " and id = $2 and status = 'action_required'",
        tx.company, operation.id, lease,
    )  # fmt: skip
    if not moved:
        raise NotPossible("The transaction does not wait for the shopper")
    return replace(operation, status=Status.SENT, next_try_at=lease)


async def give_up(actor: Actor, operation_id: UUID) -> Operation:
    """End a charge that nobody has confirmed yet: cancelled at its gateway, then asked for.

    It comes back as the gateway knows it: declined, or paid meanwhile, or as it was where the
    gateway does not say. Raises `NotPossible` if it does not wait.
    """
    assert actor.company_id is not None, "a shopper's operation has its company"
    async with db.transaction(company=actor.company_id) as tx:
        operation = await get_operation(tx, actor, operation_id)
        if operation.account_id is None:
            raise NotPossible
        account = await load_account(tx, operation.account_id)
        refs = await references(tx, operation_id)
        if operation.status is not Status.PENDING:
            # Nobody comes back from the bank meanwhile; a lost answer is asked for by recovery.
            operation = await _leave_waiting(tx, operation)
    # The same key for every copy of the request; a gateway cancels once.
    cancel = gateways.Act(
        gateways.ActKind.CANCEL, uuid5(operation.id, "give up"), operation.amount, refs
    )
    query = gateways.Act(gateways.ActKind.QUERY, operation.id, operation.amount, refs)
    asked = await gateways.perform(account, cancel)
    told = await gateways.perform(account, query)
    if told.outcome.status not in _TOLD:
        return operation
    exchanges = [*asked.exchanges, *told.exchanges]
    operation, _ = await settle(actor, operation, gateways.Performed(told.outcome, exchanges))
    return operation
