"""Which company a payment belongs to: platform staff look over all, and act within one."""

from uuid import UUID

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound


async def within_operation(actor: Actor, operation_id: UUID) -> Actor:
    """The actor within the operation's company; unchanged for who has one company anyway."""
    if actor.company_id is not None:
        return actor
    async with db.reads(actor) as tx:
        found: UUID | None = await tx.value(
            "select company_id from operation where id = $1 and live = $2", operation_id, actor.live
        )
    return _within(actor, found)


async def within_payment(actor: Actor, payment_id: UUID) -> Actor:
    """The actor within the payment's company; unchanged for who has one company anyway."""
    if actor.company_id is not None:
        return actor
    async with db.reads(actor) as tx:
        found: UUID | None = await tx.value(
            "select company_id from payment where id = $1 and live = $2", payment_id, actor.live
        )
    return _within(actor, found)


def _within(actor: Actor, company_id: UUID | None) -> Actor:
    if company_id is None:
        raise NotFound
    return actor.within(company_id)
