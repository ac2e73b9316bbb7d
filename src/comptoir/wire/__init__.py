"""The doors that clients of PayXpert's Connect2Pay and Payment Gateway APIs already know.

Both stand at the host's root, as those clients expect, and each under a prefix of its own.
"""

from litestar import Router

from comptoir.wire import shared
from comptoir.wire.connect2pay import account, direct, doors, export
from comptoir.wire.gateway import doors as gateway
from comptoir.wire.gateway import sale, three_ds
from comptoir.wire.problems import HANDLERS as _REFUSED

_CONNECT2PAY = [
    *doors.HANDLERS,
    *account.HANDLERS,
    *export.HANDLERS,
    *direct.HANDLERS,
]
_GATEWAY = [*sale.HANDLERS, *three_ds.HANDLERS, *gateway.HANDLERS]

ROUTES = [
    Router(path, route_handlers=[*handlers, *shared.HANDLERS], exception_handlers=_REFUSED)
    for path, handlers in (
        ("/", [*_CONNECT2PAY, *_GATEWAY]),
        ("/connect2pay", _CONNECT2PAY),
        ("/gateway", _GATEWAY),
    )
] + [Router("/", route_handlers=[three_ds.bank_page, direct.watch])]

__all__ = ["ROUTES"]
