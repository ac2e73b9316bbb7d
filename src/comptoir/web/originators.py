"""Originators: a company's sources of income and the accounts that serve them."""

from typing import Any

import msgspec
from litestar import Request

from comptoir import events, merchants
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.web import words
from comptoir.web.choices import currencies
from comptoir.web.forms import Form, amount, blank, codes
from comptoir.web.scope import company_names

PATH = "/office/originators"
Asked = Request[Any, Any, Any]


class OriginatorForm(msgspec.Struct):
    name: str
    currency: str
    currencies: str = ""
    descriptor: str = ""
    website: str = ""
    default_operation: str = "sale"
    credit_allowed: bool = False
    credit_limit: str = ""
    state: str = "active"


class RouteForm(msgspec.Struct):
    accounts: list[str] = []


async def find(actor: Actor, number: int) -> tuple[Actor, merchants.Originator]:
    """By its number, which is unique everywhere; the actor comes back within its company."""
    found = await merchants.find_originator_by_number(actor, number)
    return (actor.within(found.company_id) if actor.platform else actor), found


@get(PATH, needs=Permission.ORIGINATOR_READ)
async def list_page(actor: Actor) -> Page:
    found = await merchants.list_originators(actor)
    return Page("originators/list.html", originators=found, names=await company_names(actor))


@get(f"{PATH}/new", needs=Permission.ORIGINATOR_WRITE)
async def new_panel(request: Asked, actor: Actor) -> Page:
    company_of(actor)
    return Page("originators/new.html", currencies=currencies(request.state.view))


@post(f"{PATH}/new", needs=Permission.ORIGINATOR_WRITE)
async def create(actor: Actor, data: Form[OriginatorForm]) -> Done:
    async with db.transaction(company=company_of(actor)) as tx:
        made = await merchants.create_originator(
            tx, actor, data.name, data.currency, currencies=codes(data.currencies),
            descriptor=blank(data.descriptor), website=blank(data.website),
        )  # fmt: skip
    return Done(f"{PATH}/{made.number}", message("The originator was created"))


@get(f"{PATH}/{{number:int}}", needs=Permission.ORIGINATOR_READ)
async def detail(request: Asked, actor: Actor, number: int) -> Page:
    view: View = request.state.view
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        route = await merchants.list_route(tx, found.id, live=actor.live)
        keys = await merchants.list_keys(tx, found.id)
        about = [found.id, *(key.id for key in keys)]
        happened = await events.list_for_subjects(tx, actor, about)
    return Page(
        "originators/detail.html", originator=found, route=route, money=Money,
        lines=[words.said(event, view) for event in happened],
    )  # fmt: skip


@get(f"{PATH}/{{number:int}}/edit", needs=Permission.ORIGINATOR_WRITE)
async def edit_panel(request: Asked, actor: Actor, number: int) -> Page:
    _, found = await find(actor, number)
    limit = found.credit_limit_minor
    return Page(
        "originators/edit.html", originator=found, currencies=currencies(request.state.view),
        credit_limit="" if limit is None else Money(limit, found.currency).text(),
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/edit", needs=Permission.ORIGINATOR_WRITE)
async def edit(actor: Actor, number: int, data: Form[OriginatorForm]) -> Done:
    actor, found = await find(actor, number)
    limit = amount(data.credit_limit, data.currency, "credit_limit") if data.credit_limit else None
    async with db.transaction(company=found.company_id) as tx:
        await merchants.edit_originator(
            tx, actor, found.id, name=data.name, descriptor=blank(data.descriptor),
            website=blank(data.website), currency=data.currency,
            currencies=codes(data.currencies), default_operation=data.default_operation,
            credit_allowed=data.credit_allowed,
            credit_limit_minor=None if limit is None else limit.minor, state=data.state,
        )  # fmt: skip
    return Done(f"{PATH}/{number}", message("The originator was saved"))


@get(f"{PATH}/{{number:int}}/accounts", needs=Permission.ORIGINATOR_WRITE)
async def route_panel(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        route = await merchants.list_route(tx, found.id, live=actor.live)
    accounts = await merchants.list_accounts(actor)
    return Page("originators/accounts.html", originator=found, route=route, accounts=accounts)


@post(f"{PATH}/{{number:int}}/accounts", needs=Permission.ORIGINATOR_WRITE)
async def set_route(actor: Actor, number: int, data: Form[RouteForm]) -> Done:
    actor, found = await find(actor, number)
    chosen = dict.fromkeys(ids.untype("acc", name) for name in data.accounts if name)
    async with db.transaction(company=found.company_id) as tx:
        await merchants.set_route(tx, actor, found.id, tuple(chosen), live=actor.live)
    return Done(f"{PATH}/{number}", message("The merchant accounts were chosen"))


ROUTES = [list_page, new_panel, create, detail, edit_panel, edit, route_panel, set_route]
