"""Charges that a shop's own server sends: no page, no tokens; the card comes with the request.

The payment, what was given beside the card, and the terms of a subscription are written in the
same commit as the intention.
"""

from dataclasses import replace
from typing import Any

import asyncpg
import msgspec

from comptoir import payments, subscriptions
from comptoir.checkout.facts import CardFacts, find_shifted
from comptoir.checkout.outcomes import begin_subscription
from comptoir.checkout.transaction import card_info
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict
from comptoir.payments import Operation


class DuplicateCharge(Conflict):
    code = "duplicate_charge"
    title = "The same order, card and amount was charged a moment ago"


class ProofUsed(Conflict):
    code = "authentication_used"
    title = "The proof of this authentication was used for a charge already"


async def charge_directly(
    actor: Actor,
    seller: payments.Seller,
    asked: payments.Charge,
    *,
    terms: subscriptions.Terms | None = None,
) -> Operation:
    """One charge. Raises `DuplicateCharge` where the originator wants that (never in test mode).

    Raises `ProofUsed` where another charge came with the same proof of authentication.
    """
    card, ip = asked.card, asked.shopper.ip
    assert card is not None, "a direct charge comes with its card"
    beside = {
        "ip": ip and ip[:64], "holder": card.holder and card.holder[:128],
        "expiry_month": card.month, "expiry_year": card.year,
        "terms": msgspec.to_builtins(terms), **(asked.beside or {}),
    }  # fmt: skip
    try:
        operation, _ = await payments.charge(actor, seller, replace(asked, beside=beside))
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "duplicate_charge":
            raise DuplicateCharge from None
        if error.constraint_name == "three_ds_use_pkey":
            raise ProofUsed from None
        raise
    if terms is not None:
        await begin_subscription(operation)
    return operation


async def direct_mean_info(
    operation: Operation, asked: payments.Charge, seller: payments.Seller
) -> dict[str, Any]:
    """What was paid with, from what is in hand; only the gateway can say that its bank answers."""
    card, shifted = asked.card, False
    assert card is not None, "a direct charge comes with its card"
    if asked.authentication is not None:
        async with db.transaction(company=operation.company_id) as tx:
            shifted = bool(await find_shifted(tx, [operation.id]))
    given = CardFacts(
        operation.id, operation.payment_id, asked.shopper.ip, card.holder, card.month, card.year
    )
    return card_info(operation, given, seller.descriptor or seller.name, shifted=shifted)
