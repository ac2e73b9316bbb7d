"""Companies: the businesses that own originators and merchant accounts."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from comptoir import events, identity, merchants
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.web import words
from comptoir.web.choices import countries, zones
from comptoir.web.forms import Form, blank

PATH = "/office/companies"
Asked = Request[Any, Any, Any]


class CompanyForm(msgspec.Struct):
    name: str
    time_zone: str = "UTC"
    legal_name: str = ""
    country: str = ""
    website: str = ""
    support_email: str = ""

    def fields(self) -> dict[str, str | None]:
        """What is optional, with empty fields as nothing."""
        return {
            "legal_name": blank(self.legal_name),
            "country": blank(self.country),
            "website": blank(self.website),
            "support_email": blank(self.support_email),
        }


@get(PATH, needs=Permission.COMPANY_READ)
async def list_page(actor: Actor, cursor: str | None = None) -> Page:
    return Page("companies/list.html", page=await merchants.page_companies(actor, cursor=cursor))


@get(f"{PATH}/new", needs=Permission.COMPANY_CREATE)
async def new_panel(request: Asked) -> Page:
    view: View = request.state.view
    return Page("companies/edit.html", company=None, countries=countries(view), zones=zones())


@post(f"{PATH}/new", needs=Permission.COMPANY_CREATE)
async def create(request: Asked, actor: Actor, data: Form[CompanyForm]) -> Done:
    made = await merchants.create_company(
        actor, data.name, time_zone=data.time_zone, **data.fields()
    )
    if actor.company_id is None:  # What is made next (accounts, originators) is made in it.
        await identity.switch_company(request.state.session, made.id)
    return Done(f"{PATH}/{ids.typeid('com', made.id)}", message("The company was created"))


def _about(actor: Actor, company: str) -> tuple[Actor, UUID]:
    """Staff of the provider open any company; others their own, and absent ones look the same."""
    company_id = ids.untype("com", company)
    return (actor.within(company_id) if actor.platform else actor), company_id


@get(f"{PATH}/{{company:str}}", needs=Permission.COMPANY_READ)
async def detail(request: Asked, actor: Actor, company: str) -> Page:
    view: View = request.state.view
    actor, company_id = _about(actor, company)
    async with db.reads(actor) as tx:
        found = await merchants.get_company(tx, company_id)
        happened = await events.list_for_subject(tx, actor, company_id)
    return Page(
        "companies/detail.html", company=found,
        originators=await merchants.list_originators(actor),
        accounts=await merchants.list_accounts(actor) if actor.may("account.read") else [],
        lines=[words.said(event, view) for event in happened],
    )  # fmt: skip


@get(f"{PATH}/{{company:str}}/edit", needs=Permission.COMPANY_WRITE)
async def edit_panel(request: Asked, actor: Actor, company: str) -> Page:
    view: View = request.state.view
    actor, company_id = _about(actor, company)
    async with db.reads(actor) as tx:
        found = await merchants.get_company(tx, company_id)
    return Page("companies/edit.html", company=found, countries=countries(view), zones=zones())


@post(f"{PATH}/{{company:str}}/edit", needs=Permission.COMPANY_WRITE)
async def edit(actor: Actor, company: str, data: Form[CompanyForm]) -> Done:
    actor, company_id = _about(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        await merchants.edit_company(
            tx, actor, company_id, name=data.name, time_zone=data.time_zone, **data.fields()
        )
    return Done(f"{PATH}/{company}", message("The company was saved"))


ROUTES = [list_page, new_panel, create, detail, edit_panel, edit]
