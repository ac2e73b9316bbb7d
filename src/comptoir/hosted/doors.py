"""The payment page's addresses. A customer's token is all that a shopper brings."""

import re
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.response import Redirect

from comptoir import checkout
from comptoir.edge.http import PUBLIC, client_ip, get, post
from comptoir.edge.render import Page
from comptoir.hosted import assets, look, showing
from comptoir.hosted.opening import (
    AnyRequest,
    Opened,
    elsewhere,
    note_holder,
    note_opened,
    open_payment,
)
from comptoir.hosted.paying import come_back, pay
from comptoir.hosted.waiting import choose
from comptoir.kit import db
from comptoir.kit.errors import NotFound

DOOR = "hosted"
MAX_FIELD = 500
_SEAMLESS = re.compile(r"connect2pay-seamless-v[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.js")
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_SHORT = {"Cache-Control": "private, max-age=300"}


@get("/payment/{token:str}", needs=PUBLIC, door=DOOR)
async def page(request: AnyRequest, token: str) -> Page | Redirect:
    """The page, as the payment is now."""
    other = elsewhere(request)
    if other is not None:
        return Redirect(other, status_code=303)
    opened = await open_payment(request, token)
    await note_opened(opened, client_ip(request))
    return await showing.show(opened)


@post("/payment/{token:str}/pay", needs=PUBLIC, door=DOOR)
async def pay_now(request: AnyRequest, token: str) -> Page | Redirect:
    """One attempt. The answer is a redirect, so that a reload sends nothing again."""
    opened = await open_payment(request, token)
    form = await _form(request)
    wrong = await pay(opened, form, client_ip(request))
    if wrong is not None:
        opened = await open_payment(request, token)  # As it is by now: perhaps cancelled meanwhile.
    if wrong is not None and opened.view.open:
        return await showing.show_form(opened, form.get("method", "card"), wrong)
    return Redirect(opened.at("/result"), status_code=303)


@get("/payment/{token:str}/return", needs=PUBLIC, door=DOOR)
async def returned(request: AnyRequest, token: str) -> Redirect:
    """Back from the bank's page."""
    opened = await open_payment(request, token)
    await come_back(opened, request.query_params.get("state", ""), client_ip(request))
    return Redirect(opened.at("/result"), status_code=303)


@get("/payment/{token:str}/result", needs=PUBLIC, door=DOOR)
async def result(request: AnyRequest, token: str) -> Page | Redirect:
    """How an attempt ended; what has not ended, or may be tried again, is the page's business."""
    opened = await open_payment(request, token)
    if opened.view.state is not checkout.State.AUTHORIZED:
        return Redirect(opened.at(), status_code=303)
    return await showing.show_paid(opened, fresh=True)


@get("/payment/{token:str}/state", needs=PUBLIC, door=DOOR)
async def state(request: AnyRequest, token: str) -> Response[bytes]:
    """For the page that waits: whether there is something else to see."""
    opened = await open_payment(request, token)
    told = {"mark": opened.mark, "next": opened.at("/result")}
    return _sent(msgspec.json.encode(told), "application/json", {"Cache-Control": "no-store"})


@post("/payment/{token:str}/choose", needs=PUBLIC, door=DOOR)
async def choose_end(request: AnyRequest, token: str) -> Redirect:
    """A tester's choice of how a payment ends that is made elsewhere."""
    opened = await open_payment(request, token)
    await choose(opened, (await _form(request)).get("outcome", ""))
    return Redirect(opened.at("/result"), status_code=303)


@post("/payment/{token:str}/cancel", needs=PUBLIC, door=DOOR)
async def cancel(request: AnyRequest, token: str) -> Page | Redirect:
    """The shopper gives up; who has paid already is told so instead."""
    opened = await open_payment(request, token)
    if not opened.view.open:
        return Redirect(opened.at(), status_code=303)
    ended = await checkout.cancel(opened.checkout, client_ip(request))
    if not ended.given_up:
        return Redirect(opened.at(), status_code=303)
    return showing.show_cancelled(opened, ended.back)


@post("/payment/{token:str}/other", needs=PUBLIC, door=DOOR)
async def another_way(request: AnyRequest, token: str) -> Redirect:
    """The shopper chose by mistake: end the attempt that waits, then show the ways again."""
    opened = await open_payment(request, token)
    await checkout.turn(opened.checkout, client_ip(request))
    return Redirect(opened.at("/result"), status_code=303)


@get("/payment/{token:str}/theme.css", needs=PUBLIC, door=DOOR)
async def theme(request: AnyRequest, token: str) -> Response[bytes]:
    opened = await open_payment(request, token)
    return _sent(look.stylesheet(opened.theme).encode(), "text/css", _SHORT)


@get("/payment/{token:str}/logo", needs=PUBLIC, door=DOOR)
async def logo(request: AnyRequest, token: str) -> Response[bytes]:
    opened = await open_payment(request, token)
    found = await _logo(opened)
    return _sent(found.body, found.media_type, _SHORT)


async def _logo(opened: Opened) -> checkout.Logo:
    async with db.transaction(company=opened.checkout.company_id) as tx:
        found = await checkout.find_logo(tx, opened.checkout.originator_id, opened.theme.id)
    if found is None:
        raise NotFound
    return found


@get(f"{assets.BASE}/{{mark:str}}/{{name:str}}", needs=PUBLIC, door=DOOR)
async def asset(mark: str, name: str) -> Response[bytes]:
    found = assets.find(mark, name)
    return _sent(found.body, found.media_type, _FOREVER)


@get(
    ["/connect2pay/payment/{token:str}", "/connect2pay/transaction/{token:str}"],
    needs=PUBLIC, door=DOOR,
)  # fmt: skip
async def prefixed(request: AnyRequest, token: str) -> Redirect:
    """Clients put the page's path after the base address they were given, prefix and all."""
    await checkout.find_by_customer_token(token)
    query = f"?{request.url.query}" if request.url.query else ""
    return Redirect(f"/payment/{quote(token, safe='')}{query}", status_code=303)


@get(
    ["/payment/{token:str}/{name:str}", "/connect2pay/payment/{token:str}/{name:str}"],
    needs=PUBLIC, door=DOOR,
)  # fmt: skip
async def seamless(request: AnyRequest, token: str, name: str) -> Response[bytes]:
    """The script that mounts this page in a shop's own; the version in its name is the shop's."""
    if _SEAMLESS.fullmatch(name) is None:
        raise NotFound
    await note_holder(request, token, client_ip(request))
    headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    body = assets.asset(assets.SEAMLESS).body
    return _sent(body, "text/javascript", {**headers, "Cache-Control": "no-cache"})


def _sent(body: bytes, kind: str, headers: dict[str, str]) -> Response[bytes]:
    safe = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    return Response(body, media_type=kind, headers={**safe, **headers})


async def _form(request: AnyRequest) -> dict[str, str]:
    """The fields of a form as text, cut to what anybody needs."""
    form: Any = await request.form()
    return {
        str(name): value[:MAX_FIELD] for name, value in form.multi_items() if isinstance(value, str)
    }


HANDLERS = [
    page, pay_now, returned, result, state, choose_end, cancel, another_way, theme, logo, asset,
    prefixed, seamless,
]  # fmt: skip
