"""Errors on the wire doors: always JSON, with HTTP 200 but for a bad credential and a bad path.

Clients of the wire throw at any other status, so a crash is a 200 with code 500. Both families of
names are answered, because who asks is not always known here.
"""

from typing import Any

import msgspec
from litestar import Request, Response

from comptoir.kit.errors import AppError

DOOR = "wire"
WIRE_JSON = "application/json; charset=utf-8"  # Without the charset one client reads Latin-1.
# What is not the wire: pages, our own API, gateways' notifications, the sandbox's bank.
_OURS = frozenset({"office", "api", "hooks", "sandbox"})
MESSAGES = {
    "402": "The body cannot be read as JSON",
    "403": "Authentication failed: the originator and its key do not belong together",
    "404": "There is nothing at this address",
    "501": "The data of the transaction cannot be used; nothing was done",
    "500": "Something went wrong on our side; it was written down",
}


def is_wire(request: Request[Any, Any, Any]) -> bool:
    """Whether an error belongs to a wire door: by its route, else by the path nobody serves."""
    handler: Any = request.scope.get("route_handler")
    if handler is not None and "needs" in handler.opt:
        return bool(handler.opt.get("door") == DOOR)
    return request.url.path.lstrip("/").split("/", 1)[0] not in _OURS


def wire_error(error: AppError) -> Response[bytes]:
    """The JSON of an error, by what it means for a client of the wire."""
    if error.status in (401, 403):
        return wire_answer("403", 403)
    if error.status in (404, 405):
        return wire_answer("404", 404)
    if error.status in (409, 422):
        return wire_answer("501", 200)
    return wire_answer("402" if error.status in (400, 413) else "500", 200)


def wire_answer(code: str, status: int) -> Response[bytes]:
    text = MESSAGES[code]
    told = {"code": code, "message": text, "errorCode": code, "errorMessage": text}
    return Response(
        msgspec.json.encode(told),
        status_code=status,
        media_type=WIRE_JSON,
        headers={"Cache-Control": "no-store"},
    )
