"""A payment without an operation yet: it waits for its shopper."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from comptoir import events
from comptoir.kit import clock
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


def prepare_payment(
    actor: Actor, seller: Seller, asked: NewPayment, payment_id: UUID
) -> dict[str, Any]:
    """The payment alone, for `prepare_payment_v1`; its operations come with the attempts.

    Raises `SellerDisabled`, `WrongCurrency` or `WrongAmount`.
    """
    check_open(seller)
    if asked.amount.currency not in seller.currencies:
        raise WrongCurrency(field="currency", allowed=list(seller.currencies))
    if asked.amount.minor <= 0:
        raise WrongAmount(field="amount")
    email = asked.shopper.email
    return {
        "id": payment_id,
        "live": actor.live,
        "originator_id": seller.originator_id,
        "order_id": asked.order_id,
        "description": asked.description,
        "amount_minor": asked.amount.minor,
        "currency": asked.amount.currency,
        "mode": asked.mode,
        "method": asked.method,
        "email": email and email.strip().lower(),
        "shopper": asked.shopper.facts(),
        "custom": asked.custom,
        "actor": events.signature(actor),
        "at": clock.now(),
    }
