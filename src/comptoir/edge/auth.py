"""Who asks: a session cookie on pages, HTTP Basic on the API. Fetched anew with every request."""

import base64
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection

from comptoir import identity, payments, settings
from comptoir.edge import cookies
from comptoir.edge.render import View
from comptoir.edge.viewing import view_for
from comptoir.edge.wire_errors import DOOR
from comptoir.kit import ids, log
from comptoir.kit.actor import Actor, ActorKind
from comptoir.kit.errors import BadRequest, Forbidden, NotFound, Unauthorized

CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]
PLATFORM = "platform"  # The user name of a platform key.
# What a platform key says besides, where others have a company and a mode of their own.
COMPANY, MODE = "Comptoir-Company", "Comptoir-Mode"


class FormNotOurs(Forbidden):
    code = "form_not_ours"
    title = "This form did not come from a page of this office; load the page again"


class CompanyNeeded(BadRequest):
    code = "company_needed"
    title = "Name the company with the header Comptoir-Company, as in com_…"


async def let_in(connection: Connection, needs: str, door: str | None = None) -> None:
    """Find the actor and check the permission; raises `Unauthorized` or `Forbidden`."""
    if door == DOOR:
        actor = await _by_basic(connection)
        if actor.originator_id is None:
            raise Unauthorized("This door is for originators' keys")
    elif connection.scope["path"].startswith("/api/"):
        actor = await _by_basic(connection)
    else:
        actor = await _by_session(connection)
    log.bind_actor(actor)
    connection.state.actor = actor
    actor.needs(needs)


async def _by_basic(connection: Connection) -> Actor:
    name, secret = basic(connection.headers.get("authorization", ""))
    request_id = connection.state.request_id
    if name == PLATFORM:
        live = connection.headers.get(MODE, "test") == "live"
        actor = await identity.authenticate_key(name, secret, request_id, live=live)
        return await _narrowed(actor, connection.headers.get(COMPANY))
    key = await identity.find_originator_key(name, secret)
    connection.state.seller = payments.Seller(
        key.company_id, key.originator_id, key.name, key.descriptor, key.currency, key.currencies,
        key.default_operation, key.credit_allowed, key.credit_limit_minor, key.state,
        key.company_state,
    )  # fmt: skip
    return identity.originator_actor(key, request_id)


async def _narrowed(actor: Actor, company: str | None) -> Actor:
    if company is None:
        return actor
    return await identity.within_company(actor, ids.untype("com", company))


def basic(header: str) -> tuple[str, str]:
    """Name and secret of an HTTP Basic header; raises `Unauthorized` for anything else."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthorized("Send HTTP Basic with the originator's number and an API key")
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # No base64, not even ASCII, or no text in it.
        raise Unauthorized("The Authorization header cannot be read") from None
    if not colon:
        raise Unauthorized("The Authorization header has no colon between number and key")
    return name, secret


async def _by_session(connection: Connection) -> Actor:
    token = connection.cookies.get(cookies.name())
    if token is None:
        raise identity.SignedOut
    actor, user, session = await identity.session_actor(
        token, connection.state.request_id, seen=not _by_itself(connection)
    )
    assert isinstance(connection, Request), "sessions are for pages"
    if _other_mode(connection, session):
        # A link says which world it shows, so that a colleague sees the same.
        await identity.switch_mode(session, not session.live)
        actor, user, session = await identity.session_actor(token, connection.state.request_id)
    check_origin(connection)
    await _check_form(connection, session.csrf)
    connection.state.session = session
    connection.state.user = user
    connection.state.view = await view_for(connection, actor, user, session)
    return actor


async def who_looks(request: AnyRequest) -> View:
    """The view of whoever is signed in, for pages that no guard let anybody into."""
    token = request.cookies.get(cookies.name())
    if token is None:
        raise identity.SignedOut
    actor, user, session = await identity.session_actor(token, request.state.request_id)
    return await view_for(request, actor, user, session)


def _other_mode(request: AnyRequest, session: identity.Session) -> bool:
    """Whether somebody opened a page whose address says the mode that he is not in."""
    asked = request.query_params.get("mode")
    whole = request.method == "GET" and not request.headers.get("hx-request")
    return whole and asked in {"live", "test"} and (asked == "live") != session.live


def _by_itself(connection: Connection) -> bool:
    """A page that refreshes itself is not a person who uses it."""
    return connection.headers.get("x-refresh") == "auto"


def check_origin(request: AnyRequest) -> None:
    """A change comes from our own pages; browsers say where a form stood, old ones by `Origin`."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    ours = site in {"same-origin", "none"} if site is not None else _own(request)
    if not ours:
        raise FormNotOurs


def _own(request: AnyRequest) -> bool:
    """Whether `Origin` names the host that was asked, or an address that is set as ours."""
    origin = request.headers.get("origin")
    if origin in {None, "null"}:  # No browser, or one that keeps it to itself.
        return True
    chosen = settings.load()
    addresses = [url for url in (chosen.public, chosen.pay_url) if url is not None]
    own = {request.headers.get("host", ""), *(urlsplit(url).netloc for url in addresses)}
    return urlsplit(str(origin)).netloc.lower() in {host.lower() for host in own}


async def _check_form(request: AnyRequest, expected: str) -> None:
    """A change carries the session's own token, in the form or in a header."""
    if request.method in _SAFE:
        return
    given = request.headers.get(CSRF_HEADER, "") or str((await request.form()).get("csrf", ""))
    if not secrets.compare_digest(given.encode(), expected.encode()):
        raise FormNotOurs


def company_of(actor: Actor) -> UUID:
    """The one company an actor works in; platform staff choose one, a platform key names it."""
    if actor.company_id is None and actor.kind == ActorKind.KEY:
        raise CompanyNeeded
    if actor.company_id is None:
        raise NotFound("Choose a company first, at the top of the page")
    return actor.company_id
