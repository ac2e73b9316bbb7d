"""What follows an outcome: the subscription that was agreed begins, and the merchant is told.

A follower of the event log does both, so that a late outcome (a notification, a recovery) is
followed like an early one. Imported and demo history is followed by nothing.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from comptoir import deliveries, events, jobs, subscriptions
from comptoir.checkout import mails
from comptoir.checkout.checkout import FIRST_KINDS, find_checkout
from comptoir.checkout.document import encode, status_document
from comptoir.checkout.prepared import unpack
from comptoir.checkout.profile import Profile, get_profile
from comptoir.kit import db
from comptoir.payments import Operation, Status

SWEEP_LIMIT = 500
_TERMINAL = frozenset(
    {"operation.succeeded", "operation.declined", "operation.rejected", "operation.not_sent"}
)


async def begin_subscription(operation: Operation) -> None:
    """At once after a charge that succeeded; the follower finds what this misses."""
    if operation.status is not Status.SUCCEEDED:
        return
    async with db.transaction(company=operation.company_id) as tx:
        terms = await tx.value(
            "select terms from charge_detail where company_id = $1 and operation_id = $2",
            tx.company, operation.id,
        )  # fmt: skip
        if terms is not None:
            await subscriptions.start(tx, operation, msgspec.convert(terms, subscriptions.Terms))


async def follow_outcomes(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """Follower: note callbacks, and ask for a job for each (platform scope)."""
    ended = [
        row
        for row in rows
        if row.kind in _TERMINAL
        and row.payment_id is not None
        and row.data.get("source") != "imported"  # History calls nobody.
    ]
    if not ended:
        return
    await _begin_missed(tx, [row for row in ended if row.kind == mails.SUCCEEDED])
    prepared = await _prepared(tx, ended)
    for row in ended:
        found = prepared.get((row.company_id, row.payment_id))
        if found is not None and row.data.get("kind") != "3dscheck":
            await _note(tx, row, found)


async def _note(tx: db.Tx, row: events.Event, found: asyncpg.Record) -> None:
    """A callback and mails, each once, and a job for each."""
    kept, kind = unpack(found["prepared"]), str(row.data.get("kind"))
    wanted = mails.wanted(row.kind, kind, kept, _profile_of(found), found["email"])
    told = [(mail.kind, mail.to, mail.language) for mail in wanted]
    if kept.callback_url is not None:
        told.append((deliveries.CALLBACK, kept.callback_url, ""))
    assert row.payment_id is not None, "only payments' outcomes are followed"
    for what, to, language in told:
        delivery_id = await deliveries.note(
            tx, row.company_id, live=row.live, originator_id=found["originator_id"],
            payment_id=row.payment_id, operation_id=row.subject_id, url=to, kind=what,
            language=language or None,
        )  # fmt: skip
        if delivery_id is not None:
            await _enqueue(tx, row.company_id, delivery_id, what)


async def _enqueue(tx: db.Tx, company_id: UUID, delivery_id: UUID, kind: str) -> None:
    task = send_callback if kind == deliveries.CALLBACK else mails.send_mail
    await jobs.enqueue(tx, task, company_id=company_id, delivery_id=delivery_id)


async def _prepared(
    tx: db.Tx, rows: list[events.Event]
) -> dict[tuple[UUID, UUID | None], asyncpg.Record]:
    """The prepared payments among these, with what their originators want to be told."""
    found = await tx.rows(
        "select c.company_id, c.payment_id, c.originator_id, c.prepared, p.email,"
        " f.notify_success, f.notify_failure, f.notify_merchant, f.notify_merchant_to,"
        " f.notify_merchant_language from checkout c"
        " join (select distinct x.company_id, x.payment_id"
        "  from unnest($1::uuid[], $2::uuid[]) as x(company_id, payment_id)) w"
        " on w.company_id = c.company_id and w.payment_id = c.payment_id"
        " join payment p on p.company_id = c.company_id and p.id = c.payment_id"
        "  and p.source = 'own'"
        " left join checkout_profile f on f.company_id = c.company_id"
        "  and f.originator_id = c.originator_id limit $3",
        [row.company_id for row in rows], [row.payment_id for row in rows], len(rows),
    )  # fmt: skip
    return {(row["company_id"], row["payment_id"]): row for row in found}


def _profile_of(row: asyncpg.Record) -> Profile:
    """What an originator wants to be told; without settings the usual."""
    if row["notify_success"] is None:
        return Profile()
    names = (
        "notify_success", "notify_failure", "notify_merchant", "notify_merchant_to",
        "notify_merchant_language",
    )  # fmt: skip
    return Profile(**{name: row[name] for name in names})


async def _begin_missed(tx: db.Tx, rows: list[events.Event]) -> None:
    missed = await tx.rows(
        "select d.company_id, d.operation_id from charge_detail d"
        " join unnest($1::uuid[], $2::uuid[]) as x(company_id, operation_id)"
        " on x.company_id = d.company_id and x.operation_id = d.operation_id"
        " where d.terms is not null and not exists (select from subscription s"
        " where s.company_id = d.company_id and s.payment_id = d.payment_id) limit $3",
        [row.company_id for row in rows], [row.subject_id for row in rows], len(rows),
    )  # fmt: skip
    for row in missed:
        await jobs.enqueue(
            tx, begin_late, company_id=row["company_id"], operation_id=row["operation_id"]
        )


@jobs.task
async def begin_late(company_id: UUID, operation_id: UUID) -> None:
    """The subscription of a charge whose outcome came late."""
    async with db.transaction(company=company_id) as tx:
        row = await tx.row(
            "select d.terms, o.number from charge_detail d join operation o"
            " on o.company_id = d.company_id and o.id = d.operation_id"
            " where d.company_id = $1 and d.operation_id = $2 and o.status = 'succeeded'",
            company_id, operation_id,
        )  # fmt: skip
        if row is None or row["terms"] is None:
            return
        operation = await subscriptions.first_charge(tx, operation_id)
        terms = msgspec.convert(row["terms"], subscriptions.Terms)
        if operation.kind in FIRST_KINDS:
            await subscriptions.start(tx, operation, terms)


@jobs.task(attempts=3)
async def send_callback(company_id: UUID, delivery_id: UUID) -> None:
    """One try of a callback: the status as it is now."""
    async with db.transaction(company=company_id) as tx:
        delivery = await deliveries.claim(tx, delivery_id)
        if delivery is None:
            return
        checkout = await find_checkout(tx, delivery.payment_id)
        assert checkout is not None, "callbacks are of prepared payments"
        told = await status_document(tx, checkout, checkout.prepared.api_version)
        profile = await get_profile(tx, delivery.originator_id)
    await deliveries.send(delivery, encode(told), again=profile.resend_callbacks)


async def sweep_callbacks() -> int:
    """Enqueue each delivery whose next try is due; how many there were."""
    async with db.platform() as tx:
        due = await deliveries.take_due(tx, SWEEP_LIMIT)
        for company_id, delivery_id, kind in due:
            await _enqueue(tx, company_id, delivery_id, kind)
    return len(due)
