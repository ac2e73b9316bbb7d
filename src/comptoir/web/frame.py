"""What the frame does: static files, test and live, the company looked at, global search."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response
from litestar.response import Redirect

from comptoir import identity, payments
from comptoir.edge import assets
from comptoir.edge.http import PUBLIC, get, post
from comptoir.edge.render import Done
from comptoir.identity import Permission
from comptoir.kit import ids
from comptoir.kit.actor import Actor
from comptoir.web.filters import address
from comptoir.web.forms import Form, own

Asked = Request[Any, Any, Any]


class ModeForm(msgspec.Struct):
    live: bool
    back: str = ""


class ScopeForm(msgspec.Struct):
    company: str = ""
    back: str = ""


@get("/", needs=PUBLIC)
async def front_door() -> Redirect:
    return Redirect("/office/", status_code=303)


@get(f"{assets.BASE}/{{path:path}}", needs=PUBLIC)
async def static(request: Asked, path: str) -> Response[bytes]:
    asset = assets.find(path, request.headers.get("accept-encoding", ""))
    headers = {"Cache-Control": assets.FOREVER, "X-Content-Type-Options": "nosniff"}
    if asset.encoding:
        headers |= {"Content-Encoding": asset.encoding, "Vary": "Accept-Encoding"}
    return Response(asset.body, media_type=asset.media_type, headers=headers)


@post("/office/mode", needs=Permission.HOME_READ)
async def switch_mode(request: Asked, data: Form[ModeForm]) -> Done:
    """Test and live are two worlds: what was open in one is not there in the other."""
    await identity.switch_mode(request.state.session, data.live)
    return Done(_list_of(own(data.back)))


@post("/office/scope", needs=Permission.HOME_READ)
async def switch_company(request: Asked, data: Form[ScopeForm]) -> Done:
    company_id = ids.untype("com", data.company) if data.company else None
    await identity.switch_company(request.state.session, company_id)
    return Done(_list_of(own(data.back)))


def _list_of(path: str) -> str:
    """`/office/transactions/op_…` belongs to one mode and company; its list is in all.

    What the address said of mode and company is what was left just now.
    """
    bare, _, query = path.partition("?")
    head = "/".join(bare.split("/")[:3])
    if bare != head:
        return head
    kept = [(k, v) for k, v in parse_qsl(query) if k not in {"mode", "company"}]
    return f"{bare}?{urlencode(kept)}" if kept else bare


@get("/office/search", needs=Permission.TRANSACTION_READ)
async def search(actor: Actor, q: str = "") -> Redirect:
    """One box for everything: a number or id that names one transaction opens it at once."""
    asked = payments.parse(q)
    if asked.free and not asked.terms:
        found = await payments.list_transactions(actor, asked, limit=2)
        if len(found.rows) == 1:
            one = ids.typeid("op", found.rows[0].id)
            return Redirect(f"/office/transactions/{one}", status_code=303)
    return Redirect(address("/office/transactions", asked), status_code=303)


ROUTES = [front_door, static, switch_mode, switch_company, search]
