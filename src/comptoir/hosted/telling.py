"""What the shop's page is told in seamless mode: how the payment stands, in the wire's words.

It is news, not proof: a shop asks for the status before it delivers.
"""

from typing import Any

from comptoir import checkout
from comptoir.checkout import State
from comptoir.hosted.opening import Opened

PAID, WAITING, REFUSED, EXPIRED, CANCELLED = 200, 202, 402, 410, 499
_CANCELLED_CODE = "-1"
_STATUS_CODES = {
    State.AUTHORIZED: PAID,
    State.NOT_AUTHORIZED: REFUSED,
    State.CALL_FAILED: REFUSED,
    State.EXPIRED: EXPIRED,
}


def told(opened: Opened, *, cancelled: bool = False) -> dict[str, Any] | None:
    """The result as it is now; None before the first attempt.

    `final` is false while it may still become another one. Only success has `statusCode` 200, and
    what is not known is left out: modules compare loosely, and an empty code would equal "000".
    """
    state, last = opened.view.state, opened.last
    if state is State.NOT_PROCESSED and not cancelled:
        return None
    about: dict[str, Any] = {"transactionID": "", "paymentID": opened.name}
    if last is not None:
        code = checkout.code_of(last)
        about |= {
            "transactionID": str(last.number),
            "resultCode": code,
            "resultMessage": checkout.text_of(code),
        }
    code, number = _standing(opened, cancelled=cancelled)
    return {
        "statusCode": number,
        "status": str(state),
        "final": cancelled or number not in (REFUSED, WAITING) or state is not State.PENDING,
        **({"errorCode": code} if code else {}),
        "transaction": about,
    }


def _standing(opened: Opened, *, cancelled: bool) -> tuple[str, int]:
    if cancelled:
        return _CANCELLED_CODE, CANCELLED
    code = "" if opened.last is None else checkout.code_of(opened.last)
    waits = REFUSED if opened.view.open else WAITING
    return code, _STATUS_CODES.get(opened.view.state, waits)
