"""Routes: each one declares the permission it needs, or says that everybody may come in.

A guard lets a request in before any handler runs: it finds out who asks, checks the permission,
and for pages that the form came from our own page. A route that declares nothing never starts.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, get_origin, get_type_hints

import litestar
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from comptoir import settings
from comptoir.edge.auth import AnyRequest, check_origin, let_in
from comptoir.edge.problem_json import Problem
from comptoir.edge.strict import both, only, strictly
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound

PUBLIC: Final = "public"  # Everybody, signed in or not.
ANYWHERE: Final = "anywhere"  # A door for forms that stand on other sites' pages.

Connection = ASGIConnection[Any, Any, Any, Any]
Decorator = Callable[[Any], HTTPRouteHandler]

_ITSELF = frozenset({"request", "socket", "return"})
_PROBLEMS = {
    400: "The request cannot be read",
    401: "No credential, or a wrong one",
    403: "The credential does not allow this",
    404: "There is nothing here, or it is not yours to see",
    409: "Not possible in the present state",
    413: "The body is larger than anybody needs",
    422: "The request cannot be used as it is",
    503: "Not available right now; nothing was lost",
}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """The problem answers of an API route, for its OpenAPI description."""
    return {
        status: ResponseSpec(
            Problem,
            description=_PROBLEMS[status],
            generate_examples=False,
            media_type="application/problem+json",
        )
        for status in statuses
    }


def get(path: str | list[str], *, needs: str, **options: Any) -> Decorator:
    return _route(litestar.get, path, needs, options)


def post(path: str | list[str], *, needs: str, **options: Any) -> Decorator:
    return _route(litestar.post, path, needs, options)


def put(path: str, *, needs: str, **options: Any) -> Decorator:
    return _route(litestar.put, path, needs, options)


def patch(path: str, *, needs: str, **options: Any) -> Decorator:
    return _route(litestar.patch, path, needs, options)


def delete(path: str, *, needs: str, **options: Any) -> Decorator:
    return _route(litestar.delete, path, needs, options)


def websocket(path: str, *, needs: str) -> Callable[[Callable[..., Any]], Any]:
    """A socket; what it needs is checked before it is opened."""
    decorator: Any = litestar.websocket(path, opt={"needs": str(needs)})
    return lambda handler: decorator(_explained(path, handler))


def _route(make: Any, path: str | list[str], needs: str, options: dict[str, Any]) -> Decorator:
    places = " ".join([path] if isinstance(path, str) else path)
    api = places.startswith("/api/")
    options.setdefault("include_in_schema", api)
    if api:
        writes = make is not litestar.get
        usual = (400, 401, 403, 404, 422, 503) + ((409, 413) if writes else ())
        options["responses"] = documented(*usual) | options.get("responses", {})
    elif make is litestar.post:
        options.setdefault("status_code", 200)
    opt = {"needs": str(needs), "door": options.pop("door", None)}

    def decorate(handler: Any) -> HTTPRouteHandler:
        body = get_type_hints(handler, include_extras=True).get("data")
        explained = _explained(places, handler)
        if api:
            named = only(_parameters(explained))
            options["before_request"] = named if body is None else both(named, strictly(body))
        route: HTTPRouteHandler = make(path, opt=opt, **options)(explained)
        return route

    return decorate


def _explained(path: str, handler: Any) -> Any:
    """Tell Litestar where each parameter comes from, by its name: the path, the actor, the body.

    What is none of these and says nothing itself is read from the query.
    """
    hints = get_type_hints(handler, include_extras=True)
    for name, hint in hints.items():
        if name in _ITSELF or get_origin(hint) is Annotated:
            continue
        if name == "actor":
            hints[name] = _from(NamedDependency, Actor)
        elif name == "data":
            hints[name] = _from(JSONBody, hint)
        elif f"{{{name}:" in path:
            hints[name] = _from(FromPath, hint)
        else:
            hints[name] = _from(FromQuery, hint)
    handler.__annotations__ = hints
    return handler


def _parameters(handler: Any) -> frozenset[str]:
    """What the address of a route may say after its `?`, as the description tells it."""
    return frozenset(
        part.name or name
        for name, hint in handler.__annotations__.items()
        for part in getattr(hint, "__metadata__", ())
        if isinstance(part, QueryParameter)
    )


def _from(source: Any, hint: Any) -> Any:
    return source[hint]


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Every route passes here: who asks, and may they?"""
    needs = handler.opt.get("needs")
    if needs is None and _automatic(handler):
        raise NotFound  # OPTIONS, which nobody here answers: no page of another site may ask.
    if needs is None:
        raise LookupError(f"{handler} does not declare what it needs")
    if needs != PUBLIC:
        await let_in(connection, needs, handler.opt.get("door"))
    elif isinstance(connection, Request) and handler.opt.get("door") != ANYWHERE:
        check_origin(connection)


def client_ip(request: AnyRequest) -> str | None:
    """Who calls. A proxy's word counts only if the proxy is one of the trusted ones."""
    peer = None if request.client is None else request.client.host
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and peer in settings.load().trusted_proxies:
        return forwarded.rpartition(",")[2].strip() or peer
    return peer


def undeclared(app: litestar.Litestar) -> list[str]:
    """Routes that do not say what they need; an application with one does not start."""
    return [
        str(handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
        if handler is not None and "needs" not in handler.opt and not _automatic(handler)
    ]


def _automatic(handler: Any) -> bool:
    """OPTIONS answers and the schema, which Litestar adds by itself."""
    methods: set[str] = getattr(handler, "http_methods", set())
    return methods == {"OPTIONS"}


CREATED = HTTP_201_CREATED
