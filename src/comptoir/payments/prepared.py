"""A payment without an operation yet: it waits for its shopper."""

from dataclasses import dataclass
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.payments.charge import Shopper, WrongAmount, WrongCurrency
from comptoir.payments.seller import Seller, check_open


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What a shopper will be asked to pay."""

    order_id: str
    amount: Money
    mode: str
    method: str
    shopper: Shopper
    description: str | None = None
    custom: str | None = None


async def prepare_payment(
    tx: db.Tx, actor: Actor, seller: Seller, asked: NewPayment, payment_id: UUID | None = None
) -> UUID:
    """Write the payment alone; its operations come with the shopper's attempts."""
    check_open(seller)
    if asked.amount.currency not in seller.currencies:
        raise WrongCurrency(field="currency", allowed=list(seller.currencies))
    if asked.amount.minor <= 0:
        raise WrongAmount(field="amount")
    payment_id = payment_id or ids.new()
    email = asked.shopper.email
    await tx.run(
        "insert into payment (company_id, id, live, source, originator_id, order_id, description,"
        " amount_minor, currency, mode, method, email, shopper, custom, occurred_at)"
        " values ($1, $2, $3, 'own', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tx.company, payment_id, actor.live, seller.originator_id, asked.order_id,
        asked.description, asked.amount.minor, asked.amount.currency, asked.mode, asked.method,
        email and email.strip().lower(), asked.shopper.facts(), asked.custom, clock.now(),
    )  # fmt: skip
    await events.record(
        tx, actor, "payment.created", payment_id, payment_id, order_id=asked.order_id,
        amount_minor=asked.amount.minor, currency=asked.amount.currency,
    )  # fmt: skip
    return payment_id
