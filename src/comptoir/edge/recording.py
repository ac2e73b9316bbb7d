"""What the APIs' doors hear, noted for the request log: no header, and bodies only while few come.

The request goes on as it is; what is noted is looked at later (`traffic`). Pages are not recorded.
"""

import time
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from comptoir import traffic
from comptoir.edge.wire_errors import DOOR
from comptoir.kit import clock
from comptoir.kit.actor import Actor

API = "/api/v1/"
_HIDDEN = frozenset({"token", "address"})  # Names of path parameters that are secrets.


class Recording(ASGIMiddleware):
    """Beside every request of a program: who asked what, how it went and how long it took."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        door = _door(scope)
        if door is None:
            await next_app(scope, receive, send)
            return
        heard = _Heard(scope, traffic.wants_body())
        await next_app(scope, heard.receiving(receive), heard.sending(send))
        heard.note(door)


def _door(scope: Scope) -> str | None:
    if not any(name == b"authorization" for name, _ in scope["headers"]):
        return None  # A shopper, or nobody: their pages and cards are none of this log's business.
    if scope["path"].startswith(API):
        return "api"
    handler: Any = scope.get("route_handler")
    return "wire" if handler is not None and handler.opt.get("door") == DOOR else None


class _Heard:
    """One exchange while it goes on."""

    __slots__ = ("_answer", "_begun", "_bodies", "_packed", "_request", "_scope", "_status")

    def __init__(self, scope: Scope, bodies: bool) -> None:
        self._scope = scope
        self._bodies = bodies
        self._request = bytearray()
        self._answer = bytearray()
        self._status = 0
        self._packed = False
        self._begun = time.perf_counter()

    def receiving(self, receive: Receive) -> Receive:
        if not self._bodies:
            return receive

        async def hear() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                _keep(self._request, message["body"])
            return message

        return hear

    def sending(self, send: Send) -> Send:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._packed = (b"content-encoding", b"gzip") in message["headers"]
            elif message["type"] == "http.response.body" and self._bodies:
                _keep(self._answer, message["body"])
            await send(message)

        return tell

    def note(self, door: str) -> None:
        """Hand it over, if it is known whose it is: a stranger's request is nobody's."""
        scope: Any = self._scope
        state, actor = scope["state"], scope["state"].get("actor")
        if not isinstance(actor, Actor) or actor.company_id is None or not self._status:
            return
        traffic.note(
            traffic.Heard(
                actor.company_id, actor.live, door, actor.originator_id, scope["method"],
                _path(self._scope), scope["query_string"].decode("latin-1"), self._status,
                int((time.perf_counter() - self._begun) * 1000),
                str(state.get("request_id", "")), clock.now(),
                bytes(self._request) if self._bodies else None,
                bytes(self._answer) if self._bodies else None, self._packed,
            )
        )  # fmt: skip


def _keep(body: bytearray, more: bytes) -> None:
    """So much that it is known to be too much; the rest would only be held for nothing."""
    if len(body) <= traffic.MAX_BODY:
        body.extend(more[: traffic.MAX_BODY + 1 - len(body)])


def _path(scope: Scope) -> str:
    """The path, with the tokens in it hidden."""
    path, known = scope["path"], scope.get("path_params") or {}
    for name in _HIDDEN & known.keys():
        path = path.replace(str(known[name]), f"{{{name}}}")
    return path
