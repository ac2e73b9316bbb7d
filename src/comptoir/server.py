"""The web process: an ASGI application of all doors, and granian to serve it."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.openapi.spec.server import Server
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from comptoir import __version__, hosted, settings, startup, wiring
from comptoir.edge import errors
from comptoir.edge.http import PUBLIC, guard, undeclared
from comptoir.edge.recording import Recording
from comptoir.kit import log, metrics
from comptoir.kit.actor import Actor
from comptoir.settings import Settings

BODY_LIMIT = 1_000_000  # Bytes: the largest form or JSON body anybody needs.
MAX_REQUEST_ID = 64


class Frame(ASGIMiddleware):
    """Around every request: an id, a fresh log context, figures, and the safe headers."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        given = request.headers.get("x-request-id", "")
        usable = 0 < len(given) <= MAX_REQUEST_ID and given.replace("-", "").isalnum()
        request_id = given if usable else secrets.token_hex(8)
        request.state.request_id = request_id
        log.clear()
        log.bind(request_id=request_id)
        begun = time.perf_counter()
        door = _door(scope["path"])

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                headers.append((b"x-request-id", request_id.encode()))
                if not any(name.lower() == b"x-content-type-options" for name, _ in headers):
                    headers.append((b"x-content-type-options", b"nosniff"))
                message["headers"] = headers
                metrics.REQUESTS.labels(door, request.method, str(message["status"])).inc()
                metrics.REQUEST_SECONDS.labels(door).observe(time.perf_counter() - begun)
            await send(message)

        await next_app(scope, receive, send_framed)


def _door(path: str) -> str:
    first = path.split("/", 2)[1]
    return first if first in {"office", "api", "hooks", "sandbox"} else "other"


async def _actor(request: Request[Any, Any, Any]) -> Actor:
    actor = request.state.actor
    assert isinstance(actor, Actor), "the guard let somebody in"
    return actor


def _life(chosen: Settings) -> Any:
    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        log.configure(chosen.log_level)
        async with startup.running(chosen):
            yield

    return life


def build(chosen: Settings, *, managed: bool = True) -> Litestar:
    """The application. `managed=False`: the caller opens and closes the database (tests)."""
    app = Litestar(
        route_handlers=wiring.ROUTES,
        guards=[guard],
        dependencies={"actor": Provide(_actor)},
        middleware=[Frame(), Recording(), *hosted.own_origin(chosen)],
        exception_handlers=errors.HANDLERS,
        lifespan=[_life(chosen)] if managed else [],
        request_max_body_size=BODY_LIMIT,
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=1000,
            gzip_compress_level=5,
            exclude=["^/office/static/"],  # Compressed once, when first asked for.
        ),
        openapi_config=_openapi(chosen),
        logging_config=None,
    )
    missing = undeclared(app)
    if missing:
        raise LookupError(f"routes without a permission: {', '.join(missing)}")
    return app


def _openapi(chosen: Settings) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Comptoir",
        version=__version__,
        description="The back office's own API: HTTP Basic with an originator's number and key, or "
        "with `platform` and a platform key, which names its company in `Comptoir-Company`.",
        openapi_router=Router("/api", route_handlers=[], opt={"needs": PUBLIC}),
        render_plugins=[wiring.openapi_json()],
        servers=[Server(url=chosen.public)],
        components=Components(
            security_schemes={"basic": SecurityScheme(type="http", scheme="basic")}
        ),
        security=[{"basic": []}],
        use_handler_docstrings=True,
    )


_prepared: list[Litestar] = []  # Before the fork; a process that was not forked makes its own.


def prepare(chosen: Settings) -> None:
    """Put the application together in the process that web processes are forked from."""
    _prepared[:] = [build(chosen)]


def create() -> Litestar:
    """The application of one web process."""
    return _prepared[0] if _prepared else build(settings.load())
