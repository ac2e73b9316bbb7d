"""The shopper is back from an authentication: the operation goes on under its own key."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from comptoir import gateways
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.payments.ask import Ask
from comptoir.payments.followup import NotPossible
from comptoir.payments.operation import Operation, Status, get_operation
from comptoir.payments.sending import SENT_LEASE, load_account, references, send


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
        lease = clock.now() + SENT_LEASE
        moved = await tx.run(
            "update operation set status = 'sent', next_try_at = $3 where company_id = $1"
            " and id = $2 and status = 'action_required'",
            tx.company, operation_id, lease,
        )  # fmt: skip
    if not moved:
        raise NotPossible("The transaction does not wait for the shopper")
    act = gateways.Act(
        kind=gateways.ActKind.CONTINUE,
        key=operation.id,
        amount=operation.amount,
        refs=refs,
        continuation=answer,
    )
    operation = replace(operation, status=Status.SENT, next_try_at=lease)
    return await send(actor, operation, account, act, ask=ask)
