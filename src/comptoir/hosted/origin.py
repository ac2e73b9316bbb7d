"""An origin of its own for the payment page (`COMPTOIR_PAY_URL`): nothing else is found there.

Whatever might one day go wrong in the office, its pages and its cookie are strangers to the page
where cards are typed.
"""

from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from comptoir import checkout
from comptoir.hosted.doors import DOOR
from comptoir.settings import Settings

# Beside the page: the sandbox's bank with its style, and whether the process is well.
_BESIDE = ("/sandbox/", "/mpi/", "/office/static/")
_EXACT = frozenset({"/healthz", "/readyz"})
_OLD = "/transaction/"  # Where older clients send the shopper's browser.


class OwnOrigin(ASGIMiddleware):
    """On the page's own host, 404 for everything that is not the page's."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, host: str) -> None:
        self._host = host.lower().encode()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if host.lower() == self._host and not _ours(scope):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await next_app(scope, receive, send)


def _ours(scope: Scope) -> bool:
    """Whether a shopper's browser needs it. The paths are shared with shops' programs: the route
    that was found says whose it is.
    """
    path: str = scope["path"]
    if path in _EXACT or path.startswith(_BESIDE):
        return True
    if scope["route_handler"].opt.get("door") == DOOR:
        return True
    return checkout.is_token(path.removeprefix(_OLD))


def own_origin(chosen: Settings) -> list[ASGIMiddleware]:
    """The middleware, where the page has an origin that is not the office's."""
    if chosen.pay_url is None or urlsplit(chosen.pay_url).netloc == urlsplit(chosen.public).netloc:
        return []
    return [OwnOrigin(urlsplit(chosen.pay_url).netloc)]
