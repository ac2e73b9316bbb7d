"""Who looks at a page: everything the frame shows about a signed-in person."""

from dataclasses import replace
from typing import Any

from litestar import Request

from comptoir import identity, merchants
from comptoir.edge import i18n
from comptoir.edge.render import Choice, View
from comptoir.kit import ids
from comptoir.kit.actor import Actor

SWITCHED = 200  # Companies or originators that a switcher offers; the lists have all of them.


async def view_for(
    request: Request[Any, Any, Any],
    actor: Actor,
    user: identity.User,
    session: identity.Session,
) -> View:
    """The view of a request. A partial has no frame, so its switchers are not asked for."""
    target = request.headers.get("hx-target", "")
    query = tuple((k, v) for k, v in request.query_params.multi_items() if v != "")
    places = () if user.platform_role else tuple(await identity.list_places(user.id))
    provider = await merchants.get_provider()
    companies = () if target else await _companies(actor, places)
    originators = () if target else await _originators(actor)
    return View(
        actor=actor,
        name=user.name,
        email=user.email,
        role=identity.role_of(user, list(places), actor.company_id),
        locale=i18n.known(request.query_params.get("lang") or user.language),
        zone=user.time_zone,
        theme=user.theme,
        density=user.density,
        csrf=session.csrf,
        brand=provider.name,
        demo=provider.demo,
        live=actor.live,
        path=request.url.path,
        query=query,
        target=target,
        companies=companies[:SWITCHED],
        more_companies=len(companies) > SWITCHED,
        company="" if actor.company_id is None else ids.typeid("com", actor.company_id),
        originators=originators[:SWITCHED],
        more_originators=len(originators) > SWITCHED,
        originator=request.query_params.get("originator", ""),
        columns=user.columns,
        request_id=actor.request_id,
    )


async def _companies(actor: Actor, places: tuple[identity.Place, ...]) -> tuple[Choice, ...]:
    if not actor.platform:
        return tuple(Choice(ids.typeid("com", p.company_id), p.name, p.role) for p in places)
    everywhere = replace(actor, company_id=None)
    found = await merchants.list_companies(everywhere, limit=SWITCHED + 1)
    return tuple(Choice(ids.typeid("com", c.id), c.name) for c in found)


async def _originators(actor: Actor) -> tuple[Choice, ...]:
    if actor.company_id is None:
        return ()
    found = await merchants.list_originators(actor, limit=SWITCHED + 1)
    return tuple(Choice(str(o.number), o.name, str(o.number)) for o in found)
