"""A wallet called without the page, and called again because the answer was lost.

The prepared payment is what makes it one: its customer token is in the address of every call. While
the first call's attempt may be a success, or is one, the same call is told of that attempt again.
"""

from comptoir import payments
from comptoir.checkout.attempt import PAYING, AlreadyPaid, UnderWay, attempt_wallet
from comptoir.checkout.checkout import Checkout, first_operations
from comptoir.kit import db
from comptoir.payments import Operation


async def call_wallet(
    checkout: Checkout, method: str, *, mode: str, ip: str | None, present: bool
) -> Operation:
    """One try in `mode`, or the one that an earlier call like this began.

    Raises `AlreadyPaid` and `UnderWay` for another way or another mode than the earlier one.
    """
    try:
        return await attempt_wallet(checkout, method, ip=ip, present=present, mode=mode)
    except (AlreadyPaid, UnderWay):
        begun = await _find_begun(checkout, method, mode)
        if begun is None:
            raise
        return begun


async def _find_begun(checkout: Checkout, method: str, mode: str) -> Operation | None:
    """The last attempt, if it was made by the same call."""
    async with db.transaction(company=checkout.company_id) as tx:
        made_as = await tx.value(
            "select details from checkout_step where company_id = $1 and payment_id = $2"
            " and kind = $3 order by id desc limit 1",
            tx.company, checkout.payment_id, PAYING,
        )  # fmt: skip
        last = first_operations(await payments.list_operations(tx, checkout.payment_id))[-1]
    return last if (last.method, made_as) == (method, mode) else None
