"""A shopper who chose by mistake: the attempt is given up, then another one may be made.

Only where nothing can have been charged: the bank still asks, the code was not scanned, the
transfer was not made. Nobody may try again before the gateway says that this one is over.
"""

from comptoir import payments
from comptoir.checkout.attempt import lock_checkout, shopper_actor
from comptoir.checkout.checkout import Checkout, first_operations, note_step
from comptoir.checkout.outcomes import begin_subscription
from comptoir.kit import db
from comptoir.payments import Operation, Status

_UNCONFIRMED = frozenset({"wechat", "alipay", "upi", "bank_transfer"})
_TURNED, _OVER = "another_way", "given_up"


def may_turn(operation: Operation) -> bool:
    """Whether the shopper may still choose another way than this one."""
    if operation.status is Status.PENDING:
        return operation.method in _UNCONFIRMED
    return operation.status is Status.ACTION_REQUIRED


async def turn(checkout: Checkout, ip: str | None) -> None:
    """Give up the attempt that waits. What is paid meanwhile, or not known, stays as it is."""
    async with db.transaction(company=checkout.company_id) as tx:
        await lock_checkout(tx, checkout.payment_id)
        firsts = first_operations(await payments.list_operations(tx, checkout.payment_id))
        if not firsts or not may_turn(firsts[-1]):
            return
        await note_step(tx, checkout.payment_id, _TURNED, ip, str(firsts[-1].number))
    try:
        ended = await payments.give_up(shopper_actor(checkout), firsts[-1].id)
    except payments.NotPossible:
        return  # Another tab was quicker.
    await begin_subscription(ended)
    if ended.status is Status.DECLINED and ended.method != "card":
        await _give_back(checkout, ended, ip)


async def _give_back(checkout: Checkout, ended: Operation, ip: str | None) -> None:
    """A code that nobody scanned is no attempt. (A card is: its number was tried.)"""
    async with db.transaction(company=checkout.company_id) as tx:
        await lock_checkout(tx, checkout.payment_id)
        given = await tx.value(
            "select exists (select from checkout_step where company_id = $1 and payment_id = $2"
            " and kind = $3 and details = $4)",
            tx.company, checkout.payment_id, _OVER, str(ended.number),
        )  # fmt: skip
        if given:
            return
        await note_step(tx, checkout.payment_id, _OVER, ip, str(ended.number))
        await tx.run(
            "update checkout set attempts = attempts - 1 where company_id = $1"
            " and payment_id = $2 and attempts > 0",
            tx.company, checkout.payment_id,
        )  # fmt: skip
