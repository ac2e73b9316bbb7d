"""Recovery: every operation without an outcome is asked for, until its true state is known.

A sweep finds what is due and enqueues one job each. A job asks the gateway, never resends a card,
and settles like everybody else: the first outcome wins. Time alone never makes a failure: after
seven days of asking a person decides, and the operation stays `unknown`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from comptoir import events, gateways, jobs
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor, system
from comptoir.kit.errors import Conflict
from comptoir.payments.operation import (
    FINAL,
    SELECT,
    Kind,
    Operation,
    Status,
    get_operation,
)
from comptoir.payments.scope import within_operation
from comptoir.payments.sending import load_account, next_try, references, settle

SWEEP_LIMIT = 500
ASKED_AGAIN = timedelta(minutes=5)  # Should the job be lost, the sweep finds it again then.
# A gateway that does not know an act is believed when the act can no longer be on its way to it.
ON_ITS_WAY = timedelta(minutes=10)
# For how long a notification is known again: gateways repeat theirs for some days.
NOTES_KEPT = timedelta(days=90)
NOTES_BATCH, NOTES_BATCHES = 10_000, 100


class NothingToAsk(Conflict):
    code = "nothing_to_ask"
    title = "This transaction has its outcome already"


async def sweep_due() -> int:
    """Enqueue a recovery for each operation whose time has come; how many there were."""
    now = clock.now()
    async with db.platform() as tx:
        due = await tx.rows(
            "update operation set next_try_at = $2 where (company_id, id) = any("
            " select o.company_id, o.id from operation o where o.next_try_at <= $1"
            " order by o.next_try_at limit $3 for update skip locked)"
            " returning company_id, id",
            now, now + ASKED_AGAIN, SWEEP_LIMIT,
        )  # fmt: skip
        for row in due:
            await jobs.enqueue(
                tx, recover_operation, company_id=row["company_id"], operation_id=row["id"],
                dedupe=f"recover:{row['id']}",
            )  # fmt: skip
    return len(due)


@jobs.task
async def recover_operation(company_id: UUID, operation_id: UUID) -> None:
    """Ask the gateway what became of an operation, and settle what it says."""
    await _recover(company_id, operation_id)


async def _recover(company_id: UUID, operation_id: UUID, *, asked: bool = False) -> None:
    """`asked`: by a person, which uses up no rung of the ladder."""
    async with db.transaction(company=company_id) as tx:
        operation = await tx.one(
            Operation, SELECT + " where company_id = $1 and id = $2", company_id, operation_id
        )
        if operation is None or operation.status in FINAL or operation.account_id is None:
            return
        account = await load_account(tx, operation.account_id)
        act, origin = await _act(tx, operation)
    performed = await gateways.recover(account, act, _tries(operation))
    if asked:
        operation = replace(operation, tries=max(operation.tries - 1, 0))
    after, _ = await settle(system(company_id, operation.live), operation, performed, origin=origin)
    if after.status in FINAL:
        return
    due = next_try(operation, after.status, clock.now())
    if not asked and after.tries == operation.tries:
        await _climb(after, due)
    if due is None:
        await _call_a_person(after)


async def _climb(operation: Operation, due: datetime | None) -> None:
    """An answer that moved nothing uses up a rung too; else it would be asked for without end."""
    async with db.transaction(company=operation.company_id) as tx:
        await tx.run(
            "update operation set tries = tries + 1, next_try_at = $5 where company_id = $1"
            " and id = $2 and status = $3 and tries = $4",
            tx.company, operation.id, operation.status, operation.tries, due,
        )  # fmt: skip


def _tries(operation: Operation) -> int:
    """How often was asked, for the engine. However often a person presses, a young act counts 0."""
    young = clock.now() - operation.occurred_at < ON_ITS_WAY
    return 0 if young else operation.tries


async def ask_now(actor: Actor, operation_id: UUID) -> None:
    """The button: ask the gateway without waiting for the next time on the ladder."""
    actor = await within_operation(actor, operation_id)
    company_id = actor.company_id
    assert company_id is not None, "narrowed above"
    async with db.transaction(company=company_id) as tx:
        operation = await get_operation(tx, actor, operation_id)
        if operation.status in FINAL:
            raise NothingToAsk
        await events.record(
            tx, actor, "operation.asked", operation_id, payment_id=operation.payment_id,
            live=operation.live,
        )  # fmt: skip
    await _recover(company_id, operation_id, asked=True)


async def _act(tx: db.Tx, operation: Operation) -> tuple[gateways.Act, Kind | None]:
    """The act as it can be asked again: same key, own references first, never a card."""
    own = await references(tx, operation.id)
    origin = None
    if operation.refers_to is not None:
        kind = await tx.value(
            "select kind from operation where company_id = $1 and id = $2",
            tx.company, operation.refers_to,
        )  # fmt: skip
        origin = Kind(kind)
        own = own or await references(tx, operation.refers_to)
    card = await tx.row(
        "select gateway_token, vault_id from card_token where company_id = $1 and id = $2",
        tx.company, operation.card_token,
    )  # fmt: skip
    kept = card if operation.kind in (Kind.REBILL, Kind.CREDIT) else None
    act = gateways.Act(
        kind=gateways.ActKind(operation.kind),
        key=operation.id,
        amount=operation.amount,
        refs=own,
        token=kept and kept["gateway_token"],
        vault_id=kept and kept["vault_id"],
    )
    return act, origin


async def _call_a_person(operation: Operation) -> None:
    actor = system(operation.company_id, operation.live)
    async with db.transaction(company=operation.company_id) as tx:
        await events.record(
            tx, actor, "operation.needs_person", operation.id, payment_id=operation.payment_id,
            live=operation.live, tries=operation.tries,
        )  # fmt: skip


async def receive(company_id: UUID, account_id: UUID, note: gateways.RawNotification) -> int:
    """A gateway's notification: verified, deduplicated, then settled like any answer."""
    async with db.transaction(company=company_id) as tx:
        account = await load_account(tx, account_id)
    result = gateways.read_notification(account, note)
    handled = 0
    for event in result.events:
        async with db.transaction(company=company_id) as tx:
            operation = await _first_time(tx, account_id, event)
            origin = None if operation is None else (await _act(tx, operation))[1]
        if operation is None:
            continue
        performed = gateways.Performed(event.outcome, [])
        await settle(system(company_id, operation.live), operation, performed, origin=origin)
        async with db.transaction(company=company_id) as tx:
            await tx.run(
                "update notification set handled_at = $4 where company_id = $1"
                " and account_id = $2 and key = $3",
                company_id, account_id, event.key, clock.now(),
            )  # fmt: skip
        handled += 1
    return handled


async def _first_time(
    tx: db.Tx, account_id: UUID, event: gateways.NotificationEvent
) -> Operation | None:
    """What a notification is about, unless it was handled before.

    It is kept before it is handled: after a crash in between, the gateway's next copy counts.
    """
    await tx.run(
        "insert into notification (company_id, account_id, key, at, body)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        tx.company, account_id, event.key, clock.now(), {"status": event.outcome.status},
    )  # fmt: skip
    waiting = await tx.value(
        "select handled_at is null from notification where company_id = $1"
        " and account_id = $2 and key = $3",
        tx.company, account_id, event.key,
    )  # fmt: skip
    return await _named(tx, account_id, event) if waiting else None


async def _named(
    tx: db.Tx, account_id: UUID, event: gateways.NotificationEvent
) -> Operation | None:
    operation_id = event.operation_key
    for ref in event.refs if operation_id is None else ():
        operation_id = operation_id or await tx.value(
            "select operation_id from gateway_reference where company_id = $1"
            " and account_id = $2 and kind = $3 and value = $4",
            tx.company, account_id, ref.kind, ref.value,
        )  # fmt: skip
    found = await tx.one(
        Operation,
        SELECT + " where company_id = $1 and id = $2 and account_id = $3",
        tx.company, operation_id, account_id,
    )  # fmt: skip
    return None if found is None or found.status is Status.PREPARED else replace(found)


async def forget_notifications() -> int:
    """Delete notifications older than `NOTES_KEPT`; how many there were. A schedule.

    One that came once more would change nothing: what it told has its outcome.
    """
    before, gone = clock.now() - NOTES_KEPT, 0
    for _ in range(NOTES_BATCHES):
        async with db.platform() as tx:
            removed = await tx.run(
                "delete from notification where ctid = any(array("
                "select n.ctid from notification n where n.at < $1 limit $2))",
                before, NOTES_BATCH,
            )  # fmt: skip
        gone += removed
        if removed < NOTES_BATCH:
            break
    return gone
