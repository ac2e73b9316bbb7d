"""Addresses that lead nowhere: no guard ran for them, so who asks is found out when answering.

Somebody signed in keeps the frame, with its search and its ways on; a stranger learns nothing.
"""

import secrets
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.types import Receive, Scope, Send

from comptoir.edge.auth import who_looks
from comptoir.edge.problems import problem
from comptoir.edge.render import View, view_of
from comptoir.kit.errors import AppError

AnyRequest = Request[Any, Any, Any]


def name_request(request: AnyRequest) -> str:
    """The id of a request that no route took, so that it can be asked about too."""
    known = getattr(request.state, "request_id", "")
    if not known:
        known = request.state.request_id = secrets.token_hex(8)
    return str(known)


class Lost(Response[bytes]):
    """An error page for an address without a route."""

    def __init__(self, error: AppError, headers: dict[str, str]) -> None:
        super().__init__(b"", status_code=error.status, headers=headers, media_type="text/html")
        self.error = error

    def to_asgi_response(self, app: Any, request: AnyRequest, **sending: Any) -> Any:
        """Find out who asks, then answer as every page does."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            request.state.view = await _view(request)
            page = problem(request.state.view, self.error)
            page.headers.update(self.headers)
            await page.to_asgi_response(app, request, **sending)(scope, receive, send)

        return answer


async def _view(request: AnyRequest) -> View:
    try:
        return await who_looks(request)
    except (AppError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return view_of(request)
