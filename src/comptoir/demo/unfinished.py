"""What is under way this minute: lost answers, late ones, shoppers at their bank's page.

The sandbox knows how each of them really ended, so asking it settles them.
"""

from datetime import datetime, timedelta

from comptoir.demo.charging import Stage, asked_at, finish, wait
from comptoir.demo.following import reserve
from comptoir.demo.orders import begin_payment
from comptoir.demo.story import SUCCESS, Operation, Payment, Shop, new_id

_DECLINED = "051"


def tell_unfinished(stage: Stage) -> None:
    """Each company's open ends; the ages are minutes before now."""
    shops = [shop for shop in stage.ground.shops if not shop.plan.members]
    last = shops[-1]
    _lost(stage, shops[0], 85, SUCCESS)
    _lost(stage, last, 11, _DECLINED)
    _lost_refund(stage, shops[0], 44)
    _late(stage, last, 4)
    _at_the_bank(stage, shops[0], 5)
    _at_the_bank(stage, last, 14)
    _sender_died(stage, shops[0], 1)


def _begun(stage: Stage, shop: Shop, minutes: int) -> Operation:
    """A sale that reached the gateway and has no outcome here."""
    at = stage.end - timedelta(minutes=minutes, seconds=stage.dice.randrange(50))
    payment = begin_payment(stage, shop, at)
    stage.told.append(payment)
    return _added(stage, payment, "sale", payment.amount_minor, at, None)


def _added(
    stage: Stage, payment: Payment, kind: str, amount: int, at: datetime, parent: Operation | None
) -> Operation:
    account = payment.shop.account(payment.currency)
    card = payment.shopper.cards[0] if parent is None else parent.card
    operation = Operation(
        new_id(stage.dice, at), payment, kind, amount, at, payment.shop.actor, card, account,
        parent, gateway_id=new_id(stage.dice, at),
        three_ds="frictionless" if parent is None else None,
    )  # fmt: skip
    payment.operations.append(operation)
    return operation


def _truth(stage: Stage, operation: Operation, code: str) -> None:
    """How it ended at the gateway, which is not known here yet."""
    finish(stage, operation, code, operation.at)
    operation.code, operation.finished_at, operation.token = None, None, None


def _lost(stage: Stage, shop: Shop, minutes: int, code: str) -> None:
    operation = _begun(stage, shop, minutes)
    _truth(stage, operation, code)
    _unanswered(stage, operation)


def _unanswered(stage: Stage, operation: Operation) -> None:
    operation.fault = "timeout"
    operation.asked = [at for at in asked_at(operation.at) if at < stage.end]
    wait(stage, operation, "unknown")


def _lost_refund(stage: Stage, shop: Shop, minutes: int) -> None:
    """A refund of a week-old sale: the money is on its way back, only nobody here knows."""
    at = stage.end - timedelta(minutes=minutes)
    sale = _untouched(stage, shop, at - timedelta(days=7))
    if sale is None:
        return
    amount = sale.amount_minor // 2
    refund = _added(stage, sale.payment, "refund", amount, at, sale)
    refund.reason, refund.actor = "Arrived damaged", stage.ground.clerks[0]
    _truth(stage, refund, SUCCESS)
    refund.token = sale.token
    reserve(sale, "refund", amount)
    _unanswered(stage, refund)


def _untouched(stage: Stage, shop: Shop, before: datetime) -> Operation | None:
    """The newest charge of a shop that nothing has followed yet."""
    for payment in reversed(stage.told):
        kinds = {operation.kind for operation in payment.operations}
        last = payment.operations[-1]
        charged = last.kind in {"sale", "capture"} and last.succeeded and last.at < before
        if payment.shop is shop and charged and kinds <= {"sale", "authorize", "capture"}:
            return last
    return None


def _late(stage: Stage, shop: Shop, minutes: int) -> None:
    operation = _begun(stage, shop, minutes)
    operation.gateway_status = "pending"
    operation.ready_at = stage.end + timedelta(minutes=6)
    operation.asked = [at for at in asked_at(operation.at) if at < stage.end]
    wait(stage, operation, "pending")


def _at_the_bank(stage: Stage, shop: Shop, minutes: int) -> None:
    operation = _begun(stage, shop, minutes)
    operation.three_ds, operation.challenge = "challenge", "open"
    operation.gateway_status = "challenge"
    operation.challenged_at = operation.at + timedelta(milliseconds=740)
    operation.asked = [at for at in asked_at(operation.at) if at < stage.end]
    wait(stage, operation, "action_required")


def _sender_died(stage: Stage, shop: Shop, minutes: int) -> None:
    """The process that sent it was killed; its lease is not over yet."""
    operation = _begun(stage, shop, minutes)
    _truth(stage, operation, SUCCESS)
    operation.status = "sent"
    operation.next_try_at = operation.at + timedelta(seconds=150)
