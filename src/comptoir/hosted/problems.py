"""Errors of the payment page: a page for a shopper, JSON for a program (rule 1 of the wire)."""

from collections.abc import Callable
from typing import Any

from litestar import Response

from comptoir.edge import errors
from comptoir.edge.auth import AnyRequest
from comptoir.edge.i18n import message
from comptoir.edge.render import Page
from comptoir.edge.wire_errors import wire_error
from comptoir.hosted import assets, look
from comptoir.kit.errors import AppError

_TEXTS = {
    404: (
        message("This payment link does not exist"),
        message("It may be mistyped or incomplete. Go back to the shop and start again."),
    ),
    403: (
        message("This form did not come from the payment page"),
        message("Nothing was charged. Open the payment page again and repeat it."),
    ),
    503: (
        message("The payment page is not available right now"),
        message("Nothing was lost. Try again in a moment; do not pay twice."),
    ),
}
_ODD = (
    message("This request cannot be used"),
    message("Nothing was charged. Open the payment page again and repeat it."),
)
_BROKEN = (
    message("Something went wrong on our side"),
    message("Open the payment page again before you pay: it knows whether you have paid."),
)


class _Status(AppError):
    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def _paged(original: Callable[..., Response[Any]]) -> Callable[..., Response[Any]]:
    """The same answer as elsewhere, logged as elsewhere, in this door's own words."""

    def handle(request: AnyRequest, error: Any) -> Response[Any]:
        status = original(request, error).status_code or 500
        if "text/html" not in request.headers.get("accept", ""):
            return wire_error(error if isinstance(error, AppError) else _Status(status))
        title, text = _TEXTS.get(status, _BROKEN if status >= 500 else _ODD)
        return Page(
            "pay/problem.html", status_code=status, headers=look.headers(),
            pay_asset=assets.asset, title=title, text=text,
        )  # fmt: skip

    return handle


HANDLERS: dict[Any, Any] = {kind: _paged(handler) for kind, handler in errors.HANDLERS.items()}
