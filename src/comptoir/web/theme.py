"""The editor of a payment page's theme, with the page itself beside it as it would look."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile

from comptoir import checkout, hosted, merchants, payments
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, Partial
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.web.forms import Form, blank
from comptoir.web.originators import PATH, find

Asked = Request[Any, Any, Any]
HERE = f"{PATH}/{{number:int}}/theme"
DRAFTED = ("shop_name", "primary_colour", "background", "text_colour", "radius")
# A look that is being chosen is of this moment only.
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ThemeForm(msgspec.Struct):
    name: str
    primary_colour: str
    background: str
    text_colour: str
    radius: int
    theme: int = 0
    shop_name: str = ""


class NewThemeForm(msgspec.Struct):
    name: str


class ChosenForm(msgspec.Struct):
    theme: int


async def _theme(tx: db.Tx, found: merchants.Originator, number: int) -> checkout.Theme:
    """The standing theme of that number; 0 is the usual one. Raises `NotFound`."""
    if not number:
        return await checkout.get_theme(tx, found.id)
    theme = await checkout.find_theme(tx, found.id, number)
    if theme is None:
        raise NotFound
    return theme


def _given(request: Asked) -> dict[str, str]:
    """What the form holds now, from the address."""
    asked = request.query_params
    return {name: asked[name][:128] for name in DRAFTED if name in asked}


async def _drafted(
    request: Asked, actor: Actor, number: int, theme: int
) -> tuple[merchants.Originator, checkout.Theme]:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        kept = await _theme(tx, found, theme)
    return found, checkout.draft_theme(kept, _given(request))


@get(HERE, needs=Permission.ORIGINATOR_WRITE)
async def editor(request: Asked, actor: Actor, number: int, theme: int = 0) -> Page:
    found, drafted = await _drafted(request, actor, number, theme)
    return Page(
        "originators/theme.html", originator=found, theme=drafted,
        draft=urlencode({"theme": drafted.id, **_given(request)}),
        contrasts=checkout.contrasts(drafted), max_logo=checkout.MAX_LOGO // 1000,
    )  # fmt: skip


@post(HERE, needs=Permission.ORIGINATOR_WRITE)
async def save(actor: Actor, number: int, data: Form[ThemeForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        made = await checkout.edit_theme(
            tx, actor, found.id, data.theme or None, name=data.name.strip(),
            shop_name=blank(data.shop_name), primary_colour=data.primary_colour,
            background=data.background, text_colour=data.text_colour, radius=data.radius,
        )  # fmt: skip
    return Done(f"{PATH}/{number}/theme?theme={made.id}", message("The theme was saved"))


@get(f"{HERE}/contrast", needs=Permission.ORIGINATOR_WRITE)
async def contrast(request: Asked, actor: Actor, number: int, theme: int = 0) -> Partial:
    """Whether everybody can read it, while the colours are chosen."""
    _, drafted = await _drafted(request, actor, number, theme)
    return Partial("originators/theme.html", "contrast", contrasts=checkout.contrasts(drafted))


@get(f"{HERE}/preview", needs=Permission.ORIGINATOR_READ)
async def preview(request: Asked, actor: Actor, number: int, theme: int = 0) -> Page:
    found, drafted = await _drafted(request, actor, number, theme)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
        route = await merchants.list_route(tx, found.id, live=actor.live)
    seller = await payments.get_seller(actor.within(found.company_id), found.id)
    offers = checkout.offered_methods(profile, route, found.currencies, found.default_operation)
    draft = urlencode({"theme": drafted.id, **_given(request)})
    places = {"/theme.css": f"{PATH}/{number}/theme/style?{draft}",
              "/logo": f"{PATH}/{number}/theme/logo?theme={drafted.id}"}  # fmt: skip
    ways = tuple(offer.method for offer in offers if found.currency in offer.currencies)
    return hosted.preview(request, seller, drafted, profile, ways, places)


@get(f"{HERE}/style", needs=Permission.ORIGINATOR_READ)
async def style(request: Asked, actor: Actor, number: int, theme: int = 0) -> Response[bytes]:
    _, drafted = await _drafted(request, actor, number, theme)
    body = hosted.stylesheet(drafted).encode()
    return Response(body, media_type="text/css", headers=_FRESH)


@get(f"{HERE}/logo", needs=Permission.ORIGINATOR_READ)
async def logo(actor: Actor, number: int, theme: int = 0) -> Response[bytes]:
    _, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        kept = await _theme(tx, found, theme)
        picture = await checkout.find_logo(tx, found.id, kept.id)
    if picture is None:
        raise NotFound
    return Response(picture.body, media_type=picture.media_type, headers=_FRESH)


@post(f"{HERE}/logo", needs=Permission.ORIGINATOR_WRITE)
async def save_logo(request: Asked, actor: Actor, number: int) -> Done:
    """A picture that replaces the logo, or its removal."""
    actor, found = await find(actor, number)
    form = await request.form()
    chosen = int(text) if (text := str(form.get("theme", ""))).isdecimal() else 0
    body = None if form.get("remove") else await _picture(form.get("logo"))
    async with db.transaction(company=found.company_id) as tx:
        made = await checkout.edit_theme(tx, actor, found.id, chosen or None, logo=body)
    said = message("The logo was removed") if body is None else message("The logo was saved")
    return Done(f"{PATH}/{number}/theme?theme={made.id}", said)


async def _picture(sent: object) -> bytes:
    if not isinstance(sent, UploadFile):
        raise Invalid("Choose a picture first", field="logo")
    body: bytes = await sent.read(checkout.MAX_LOGO + 1)
    if not body:
        raise Invalid("Choose a picture first", field="logo")
    return body


@get(f"{PATH}/{{number:int}}/themes/new", needs=Permission.ORIGINATOR_WRITE)
async def new_panel(actor: Actor, number: int) -> Page:
    _, found = await find(actor, number)
    return Page("originators/theme_new.html", originator=found)


@post(f"{PATH}/{{number:int}}/themes/new", needs=Permission.ORIGINATOR_WRITE)
async def create(actor: Actor, number: int, data: Form[NewThemeForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        made = await checkout.create_theme(tx, actor, found.id, data.name.strip())
    return Done(f"{PATH}/{number}/theme?theme={made.id}", message("The theme was created"))


@post(f"{PATH}/{{number:int}}/themes/main", needs=Permission.ORIGINATOR_WRITE)
async def choose(actor: Actor, number: int, data: Form[ChosenForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        await checkout.choose_main_theme(tx, actor, found.id, data.theme)
    return Done(f"{PATH}/{number}/page", message("This theme is the usual one now"))


@post(f"{PATH}/{{number:int}}/themes/retire", needs=Permission.ORIGINATOR_WRITE)
async def retire(actor: Actor, number: int, data: Form[ChosenForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        await checkout.retire_theme(tx, actor, found.id, data.theme)
    return Done(f"{PATH}/{number}/page", message("The theme was retired"))


ROUTES = [
    editor, save, contrast, preview, style, logo, save_logo, new_panel, create, choose, retire,
]  # fmt: skip
