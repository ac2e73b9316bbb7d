"""Charges that a shop's own server sends: no page, no tokens; the card comes with the request.

The payment, what was given beside the card, and the terms of a subscription are written in the
same commit as the intention.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from comptoir import payments, subscriptions
from comptoir.checkout.facts import CardFacts, note_card
from comptoir.checkout.outcomes import begin_subscription
from comptoir.checkout.profile import get_profile
from comptoir.checkout.transaction import card_info
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict
from comptoir.payments import Operation


class DuplicateCharge(Conflict):
    code = "duplicate_charge"
    title = "The same order, card and amount was charged a moment ago"


async def charge_directly(
    actor: Actor,
    seller: payments.Seller,
    asked: payments.Charge,
    *,
    terms: subscriptions.Terms | None = None,
) -> Operation:
    """One charge. Raises `DuplicateCharge` where the originator wants that (never in test mode)."""
    card = asked.card
    assert card is not None, "a direct charge comes with its card"
    payment_id = ids.new()
    new = payments.NewPayment(
        asked.order_id, asked.amount, asked.mode, "card", asked.shopper, asked.description
    )

    async def enter(tx: db.Tx, operation: Operation) -> None:
        if actor.live:
            await _refuse_duplicate(tx, seller.originator_id, asked)
        await payments.prepare_payment(tx, actor, seller, new, payment_id)
        await note_card(
            tx, operation, ip=asked.shopper.ip, holder=card.holder,
            expiry=(card.month, card.year), terms=terms,
        )  # fmt: skip

    within = payments.Within(payment_id, enter)
    operation, _ = await payments.charge(actor, seller, asked, within=within)
    if terms is not None:
        await begin_subscription(operation)
    return operation


def direct_mean_info(
    operation: Operation, asked: payments.Charge, seller: payments.Seller
) -> dict[str, Any]:
    """What was paid with, from what is in hand."""
    card = asked.card
    assert card is not None, "a direct charge comes with its card"
    given = CardFacts(
        operation.id, operation.payment_id, asked.shopper.ip, card.holder, card.month, card.year
    )
    return card_info(operation, given, seller.descriptor or seller.name)


async def _refuse_duplicate(tx: db.Tx, originator_id: UUID, asked: payments.Charge) -> None:
    """The originator's wish: the same again within so many seconds is a mistake."""
    seconds = (await get_profile(tx, originator_id)).duplicate_seconds
    if not seconds or asked.card is None:
        return
    print_of_card = crypto.fingerprint("card", asked.card.number)
    # Two of them at once: the second waits here and then finds the first.
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 0))",
        asked.order_id, print_of_card,
    )  # fmt: skip
    again = await tx.value(
        "select 1 from operation o join payment p on p.company_id = o.company_id"
        " and p.id = o.payment_id where o.company_id = $1 and o.originator_id = $2 and o.live"
        " and o.card_fingerprint = $3 and o.amount_minor = $4 and o.currency = $5"
        " and p.order_id = $6 and o.refers_to is null and o.occurred_at > $7"
        " and o.status not in ('declined', 'rejected', 'not_sent') limit 1",
        tx.company, originator_id, print_of_card, asked.amount.minor, asked.amount.currency,
        asked.order_id, clock.now() - timedelta(seconds=seconds),
    )  # fmt: skip
    if again is not None:
        raise DuplicateCharge
