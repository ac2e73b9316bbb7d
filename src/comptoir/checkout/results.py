"""Results in the wire's words: the three digits of an operation, its text, its status."""

from comptoir import gateways
from comptoir.checkout.checkout import UNDER_WAY, State
from comptoir.payments import Operation, Status

IN_DOUBT = "998"  # Under way, or its answer was lost: neither a success nor a failure yet.
SUCCESS_TEXT = "Transaction successfully completed"
_TEXTS = {
    gateways.SUCCESS: SUCCESS_TEXT,
    IN_DOUBT: "The result is not known yet; ask again later and do not charge twice",
}
# Without a code of its own: refused before anybody decided, or never sent.
_CODES = {Status.REJECTED: "096", Status.NOT_SENT: "091", Status.DECLINED: "005"}
_STATES = {
    Status.SUCCEEDED: State.AUTHORIZED,
    Status.DECLINED: State.NOT_AUTHORIZED,
    Status.REJECTED: State.CALL_FAILED,
    Status.NOT_SENT: State.CALL_FAILED,
}


def code_of(operation: Operation) -> str:
    """Three digits for every operation; "000" for success alone."""
    if operation.status is Status.SUCCEEDED:
        return gateways.SUCCESS
    if operation.status is Status.ACTION_REQUIRED:
        return gateways.CHALLENGE_REQUIRED
    if operation.status in UNDER_WAY:
        return IN_DOUBT
    return operation.result_code or _CODES[operation.status]


def text_of(code: str) -> str:
    return _TEXTS.get(code) or gateways.text_of(code)


def state_of_operation(operation: Operation) -> State:
    return _STATES.get(operation.status, State.PENDING)
