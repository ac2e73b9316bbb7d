"""Merchant accounts: contracts with gateways and acquirers, live or test."""

from typing import Any

from litestar import Request

from comptoir import accounting, events, gateways, merchants, payments
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.web import words
from comptoir.web.forms import Form, blank, codes
from comptoir.web.sandbox_options import OptionBoxes
from comptoir.web.scope import company_names, within

PATH = "/office/accounts"
Asked = Request[Any, Any, Any]
_SECRET = "credential-"  # noqa: S105  The prefix of the form's fields, not a secret.


class AccountForm(OptionBoxes):
    name: str = ""
    currencies: str = ""
    connector: str = "sandbox"
    contract_number: str = ""
    capture_days: int = 7
    state: str = "active"


@get(PATH, needs=Permission.ACCOUNT_READ)
async def list_page(actor: Actor, cursor: str | None = None) -> Page:
    found = await merchants.page_accounts(actor, cursor=cursor)
    names = await company_names(actor)
    return Page("accounts/list.html", page=found, titles=_titles(), names=names)


def _titles() -> dict[str, str]:
    return {name: connector.title for name, connector in gateways.CONNECTORS.items()}


@get(f"{PATH}/new", needs=Permission.ACCOUNT_WRITE)
async def new_panel(actor: Actor) -> Page:
    company_of(actor)
    usable = {
        name: connector
        for name, connector in gateways.CONNECTORS.items()
        if connector.capabilities.live or not actor.live
    }
    return Page("accounts/new.html", connectors=usable)


@post(f"{PATH}/new", needs=Permission.ACCOUNT_WRITE)
async def create(request: Asked, actor: Actor, data: Form[AccountForm]) -> Done:
    async with db.transaction(company=company_of(actor)) as tx:
        made = await payments.open_account(
            tx, actor, data.name, data.connector, live=actor.live,
            currencies=codes(data.currencies), contract_number=blank(data.contract_number),
            credentials=await _credentials(request), capture_days=data.capture_days,
            options=data.options() if data.connector == payments.SANDBOX else None,
        )  # fmt: skip
    return Done(f"{PATH}/{ids.typeid('acc', made.id)}", message("The merchant account was created"))


async def _credentials(request: Asked) -> dict[str, str]:
    """The boxes that the connector drew; they are sealed before they are stored."""
    form = await request.form()
    return {
        name.removeprefix(_SECRET): str(value)
        for name, value in form.items()
        if name.startswith(_SECRET) and value
    }


@get(f"{PATH}/{{account:str}}", needs=Permission.ACCOUNT_READ)
async def detail(request: Asked, actor: Actor, account: str, company: str = "") -> Page:
    view: View = request.state.view
    actor, account_id = within(actor, company), ids.untype("acc", account)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_account(tx, account_id, live=actor.live)
        happened = await events.list_for_subject(tx, actor, account_id)
        prices = await accounting.list_prices(tx) if actor.may(Permission.PRICE_READ) else []
    return Page(
        "accounts/detail.html", account=found, title=_titles().get(found.connector),
        costs=[p for p in prices if p.account_id == account_id], money=Money,
        lines=[words.said(event, view) for event in happened],
    )  # fmt: skip


@get(f"{PATH}/{{account:str}}/edit", needs=Permission.ACCOUNT_WRITE)
async def edit_panel(actor: Actor, account: str, company: str = "") -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.get_account(tx, ids.untype("acc", account), live=actor.live)
    return Page("accounts/edit.html", account=found)


@post(f"{PATH}/{{account:str}}/edit", needs=Permission.ACCOUNT_WRITE)
async def edit(actor: Actor, account: str, data: Form[AccountForm], company: str = "") -> Done:
    actor, account_id = within(actor, company), ids.untype("acc", account)
    async with db.transaction(company=company_of(actor)) as tx:
        await merchants.edit_account(
            tx, actor, account_id, name=data.name,
            contract_number=blank(data.contract_number), currencies=codes(data.currencies),
            capture_days=data.capture_days, state=data.state,
        )  # fmt: skip
        if data.sandbox:
            await payments.set_account_options(tx, actor, account_id, data.options())
    address = f"{PATH}/{account}" + (f"?company={company}" if company else "")
    return Done(address, message("The merchant account was saved"))


ROUTES = [list_page, new_panel, create, detail, edit_panel, edit]
