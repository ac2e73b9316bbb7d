"""Money that was collected and that a bank took back: no cover, or a debit its owner disputes.

The collection stays the success that it was; the return is an operation of its own that refers to
it, with the opposite entries. A collection is returned once.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from comptoir import accounting, events, gateways, jobs
from comptoir.gateways import simulator
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor, system
from comptoir.payments.numbers import next_number
from comptoir.payments.operation import (
    SELECT,
    Kind,
    Operation,
    Status,
    list_children,
    lock_operation,
)
from comptoir.payments.sending import open_intention

REASON = "AC04"  # The account is closed, as banks write it.


async def expect_return(operation: Operation, after: timedelta) -> None:
    """In test mode: a bank will take this collection back."""
    assert not operation.live, "only the sandbox's bank says beforehand what it will do"
    async with db.transaction(company=operation.company_id) as tx:
        await jobs.enqueue(
            tx, return_collection, company_id=tx.company, after=after, operation_id=operation.id
        )


@jobs.task
async def return_collection(company_id: UUID, operation_id: UUID) -> None:
    """The bank takes a collection back; nothing happens where none stands.

    The sandbox, which is that bank's gateway, hears of it too, also when this runs again.
    """
    number = await next_number()
    async with db.transaction(company=company_id) as tx:
        found = await tx.one(
            Operation, SELECT + " where company_id = $1 and id = $2", company_id, operation_id
        )
        if found is None:
            return
        actor = system(company_id, found.live)
        origin = await lock_operation(tx, actor, operation_id)
        before = await list_children(tx, operation_id)
        back = next((child for child in before if child.kind is Kind.REVERSAL), None)
        if origin.status is not Status.SUCCEEDED or origin.account_id is None:
            return
        if back is None:
            back = _reversal(actor, origin, number)
            lines = accounting.outcome_lines(Kind.REVERSAL, origin.amount, origin.account_id)
            await open_intention(back, entries=lines, tx=tx)
    await simulator.take_back(company_id, origin.account_id, back.id, origin.id, back.occurred_at)


def _reversal(actor: Actor, origin: Operation, number: int) -> Operation:
    now = clock.now()
    return replace(
        origin,
        id=ids.new(),
        number=number,
        kind=Kind.REVERSAL,
        refers_to=origin.id,
        status=Status.SUCCEEDED,
        result_code=gateways.SUCCESS,
        reason=REASON,
        action=None,
        financial="not_sent",
        sent_for_settlement_at=None,
        settled_at=None,
        next_try_at=None,
        tries=0,
        actor=events.signature(actor),
        occurred_at=now,
        finished_at=now,
    )
