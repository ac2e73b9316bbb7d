"""Errors to HTTP, once for all doors: JSON on the API, a page in the office.

Expected errors are answers, not crashes. Anything else is logged with its trace and answered
without a word about the inside.
"""

import re
from typing import Any
from urllib.parse import urlencode

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from comptoir.edge import cookies
from comptoir.edge.i18n import message
from comptoir.edge.lost import Lost, name_request
from comptoir.edge.problem_json import FieldError, Problem, problem_of
from comptoir.edge.problems import problem
from comptoir.edge.render import view_of
from comptoir.edge.wire_errors import is_wire, wire_error
from comptoir.identity import SignedOut, SignInUnfinished
from comptoir.kit import log, redact
from comptoir.kit.errors import AppError, BadRequest, Invalid, NotFound, Unavailable

_log = log.get("edge")

AnyRequest = Request[Any, Any, Any]
SIGN_IN = "/office/sign-in"


class Crash(AppError):
    code = "internal"
    title = "Something went wrong on our side; it was written down"


# What Litestar says by itself, for the catalogues.
_SAID = (
    message("Method Not Allowed"),
    message("Request Entity Too Large"),
    message("Unsupported Media Type"),
)
# What it means: the status alone would not say what to do.
_ALLOWED = message("This address takes %(allowed)s")
_TOO_LARGE = message("A body has at most 1 000 000 bytes")
_FIELD = re.compile(r"Object (?:contains unknown|missing required) field `(.*)`")


_CODES = {405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}


class _Http(AppError):
    def __init__(self, error: HTTPException) -> None:
        told = {name.lower(): text for name, text in (error.headers or {}).items()}
        # OPTIONS is answered nowhere: no page of another site may ask.
        allowed = [m for m in re.findall(r"\w+", told.get("allow", "")) if m != "OPTIONS"]
        if error.status_code == 405 and allowed:
            super().__init__(_ALLOWED, allowed=", ".join(sorted(allowed)))
        else:
            super().__init__(_TOO_LARGE if error.status_code == 413 else error.detail)
        self.status = error.status_code
        self.code = _CODES.get(error.status_code, "http")
        self.title = error.detail


def app_error(request: AnyRequest, error: AppError) -> Response[Any]:
    if is_wire(request):
        return wire_error(error)
    if _is_page(request):
        return _page(request, error)
    return _json(problem_of(error, _request_id(request)), error)


def http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """Litestar's own: unknown paths, wrong methods, bodies that do not fit."""
    if not _request_id(request) and error.status_code in {404, 405}:
        return _nowhere(request, error)
    if error.status_code == 404:
        return app_error(request, NotFound())
    if isinstance(error, ValidationException):
        return _invalid(request, error)
    if error.status_code == 400:
        return app_error(request, BadRequest("The body is not JSON of the documented form"))
    answer = app_error(request, _Http(error))
    answer.headers.update(error.headers or {})  # Which methods are allowed, for 405.
    return answer


def _nowhere(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """No route took the request, so nobody gave it an id or knows who asks."""
    headers = {"X-Request-ID": name_request(request), **(error.headers or {})}
    found = NotFound() if error.status_code == 404 else _Http(error)
    if _is_page(request):
        return Lost(found, headers)
    answer = app_error(request, found)
    answer.headers.update(headers)
    return answer


def _invalid(request: AnyRequest, error: ValidationException) -> Response[Any]:
    known = error.extra if isinstance(error.extra, list) else []
    fields = [
        FieldError(_pointer(item), str(item.get("message", "")))
        for item in known
        if isinstance(item, dict)
    ]
    what = BadRequest("The request does not have the documented form")
    if _is_page(request):
        return _page(request, Invalid(fields[0].detail if fields else what.detail))
    answer = problem_of(what, _request_id(request))
    return _json(msgspec.structs.replace(answer, errors=fields), what)


def _pointer(item: dict[str, Any]) -> str:
    """Where a fault is; of a field that is missing or unknown only the parent is told apart."""
    place = str(item.get("key", "")).split(".")
    named = _FIELD.match(str(item.get("message", "")))
    if named is not None:
        place = [*(part for part in place if part != "data"), named[1]]
    return "/" + "/".join(place)


def database_error(request: AnyRequest, error: asyncpg.PostgresError) -> Response[Any]:
    """A rule that the database keeps was met first there; or the database is away."""
    if isinstance(error, asyncpg.CheckViolationError | asyncpg.RestrictViolationError):
        _log.warning("database_refused", constraint=error.constraint_name)
        return app_error(request, Invalid("The database refuses this; nothing was changed"))
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError):
        return app_error(request, Unavailable())
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):
        return app_error(request, BadRequest("A text holds a character that cannot be stored"))
    return crash(request, error)


def unreachable(request: AnyRequest, error: Exception) -> Response[Any]:
    if isinstance(error, ValueError):
        return crash(request, error)  # A value that the driver cannot send: a bug, not an absence.
    _log.error("database_unreachable", problem=type(error).__name__)
    return app_error(request, Unavailable())


def too_deep(request: AnyRequest, error: RecursionError) -> Response[Any]:
    _log.warning("too_deep", path=redact.text(request.url.path), exc_info=error)
    return app_error(request, BadRequest("The body is nested too deeply"))


def crash(request: AnyRequest, error: Exception) -> Response[Any]:
    _log.error("crash", path=redact.text(request.url.path), exc_info=error)
    return app_error(request, Crash())


def _is_page(request: AnyRequest) -> bool:
    """A person is looking, not a program. (Litestar drops the slash of `/office/`.)"""
    return request.url.path.split("/", 2)[1] in {"office", "sandbox"}


def _request_id(request: AnyRequest) -> str:
    return str(getattr(request.state, "request_id", ""))


def _json(answer: Problem, error: AppError) -> Response[Any]:
    headers = {"Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Comptoir", charset="UTF-8"'
    if "retry_after" in error.data:
        headers["Retry-After"] = str(error.data["retry_after"])
    return Response(
        msgspec.json.encode(answer),
        status_code=error.status,
        media_type="application/problem+json",
        headers=headers,
    )


def _page(request: AnyRequest, error: AppError) -> Response[Any]:
    if isinstance(error, SignedOut | SignInUnfinished):
        return _to_sign_in(request, error)
    return problem(view_of(request), error if not isinstance(error, Crash) else None)


def _to_sign_in(request: AnyRequest, error: AppError) -> Response[Any]:
    """Signed out on the way: sign in, then come back to the page that was asked for."""
    step = error.data.get("next")
    place = SIGN_IN if step is None else f"{SIGN_IN}/{step}"
    if request.method == "GET" and step is None and request.url.path.rstrip("/") != "/office":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        place = f"{SIGN_IN}?{_query(back)}"
    answer: Response[bytes] = Response(b"", status_code=303, headers={"Location": place})
    if request.headers.get("hx-request"):
        answer = Response(b"", status_code=200, headers={"HX-Redirect": place})
    if isinstance(error, SignedOut):
        answer.set_cookie(cookies.forget())
    return answer


def _query(back: str) -> str:
    from_page = {"next": back}
    return urlencode(from_page)


HANDLERS: dict[Any, Any] = {
    AppError: app_error,
    HTTPException: http_error,
    asyncpg.PostgresError: database_error,
    asyncpg.InterfaceError: unreachable,
    asyncpg.InternalClientError: unreachable,
    OSError: unreachable,
    RecursionError: too_deep,
    Exception: crash,
}
