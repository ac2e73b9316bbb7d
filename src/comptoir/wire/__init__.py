"""The doors that clients of PayXpert's Connect2Pay and Payment Gateway APIs already know."""

from litestar import Router

from comptoir.wire import shared
from comptoir.wire.connect2pay import account, doors, export
from comptoir.wire.problems import HANDLERS as _REFUSED

_CONNECT2PAY = [*doors.HANDLERS, *account.HANDLERS, *export.HANDLERS]

ROUTES = [
    Router("/", route_handlers=[*_CONNECT2PAY, *shared.HANDLERS], exception_handlers=_REFUSED),
    Router(
        "/connect2pay",
        route_handlers=[*_CONNECT2PAY, *shared.HANDLERS],
        exception_handlers=_REFUSED,
    ),
]

__all__ = ["ROUTES"]
