"""Refusals in the wire's words: HTTP 200 with a code, but for credentials and paths."""

from typing import Any, ClassVar

from litestar import Request, Response

from comptoir import checkout, gateways, payments, subscriptions
from comptoir.edge.wire_errors import WIRE_JSON, wire_error
from comptoir.kit import redact
from comptoir.kit.errors import AppError, Forbidden, NotFound, Unauthorized, Unavailable

MAX_MESSAGE = 255


class Refusal(AppError):
    """Something asked on a wire door that is refused with a code of the contract."""

    wire: ClassVar[str] = "501"
    status = 200


class MissingParameter(Refusal):
    wire = "400"
    title = "A parameter of the request is missing"


class MissingData(Refusal):
    wire = "401"
    title = "A data parameter is missing"


class NotJson(Refusal):
    wire = "402"
    title = "The body cannot be read as a JSON object"


class WrongData(Refusal):
    wire = "501"
    title = "The data of the transaction cannot be used"


class NoTransaction(Refusal):
    """Absent and not yours look alike."""

    wire = "312"
    title = "Transaction not found"


class AboveOriginal(Refusal):
    wire = "064"
    title = "The amount is above the original amount"


class NotAuthenticated(Refusal):
    wire = "065"
    title = "The shopper's bank did not authenticate the shopper"


class NoSubscription(Refusal):
    wire = "678"
    title = "There is no subscription of this number"


# Refusals of the domain before anything was sent, by what they mean on the wire.
_CODES: list[tuple[type[AppError], str]] = [
    (payments.WrongAmount, "013"),
    (payments.WrongCurrency, "501"),
    (payments.CardIncomplete, "401"),
    (payments.CreditNotAllowed, "012"),
    (gateways.NotATestCard, "014"),
    (subscriptions.SubscriptionEnded, "674"),
    (subscriptions.NotInTrial, "678"),
    (checkout.DuplicateCharge, "094"),
    (checkout.AlreadyPaid, "012"),
    (checkout.UnderWay, "012"),
    (checkout.CheckoutExpired, "032"),
    (checkout.NoAttemptLeft, "012"),
]


def code_of(error: AppError) -> str:
    """The code of a refusal."""
    if isinstance(error, Refusal):
        return error.wire
    if isinstance(error, payments.TooLarge):
        return "080"  # More than the original itself is `AboveOriginal`.
    if isinstance(error, payments.NotPossible):
        return _not_possible(error)
    return next((code for kind, code in _CODES if isinstance(error, kind)), "501")


def _not_possible(error: payments.NotPossible) -> str:
    return "080" if error.detail == "Nothing is left" else "012"


def refused(_: Request[Any, Any, Any], error: AppError) -> Response[bytes]:
    """The answer to a refusal; both families of names, because both read only their own."""
    if isinstance(error, Unauthorized | Forbidden | NotFound | Unavailable):
        return wire_error(error)
    code, text = code_of(error), redact.text(error.detail)[:MAX_MESSAGE]
    return answer({"code": code, "message": text, "errorCode": code, "errorMessage": text})


def answer(told: dict[str, Any]) -> Response[bytes]:
    """HTTP 200 with a JSON object; nothing in it is null."""
    return Response(
        checkout.encode(told),
        status_code=200,
        media_type=WIRE_JSON,
        headers={"Cache-Control": "no-store"},
    )


HANDLERS: dict[Any, Any] = {AppError: refused}
