"""Consumers: the shoppers of a company, what they paid, and what the staff noted about them."""

from typing import Any

import msgspec
from litestar import Request

from comptoir import consumers, events, payments
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.web import words
from comptoir.web.choices import countries
from comptoir.web.forms import Form, blank
from comptoir.web.scope import company_names, within

PATH = "/office/consumers"
Asked = Request[Any, Any, Any]


class ConsumerForm(msgspec.Struct):
    name: str = ""
    phone: str = ""
    country: str = ""
    note: str = ""


@get(PATH, needs=Permission.CONSUMER_READ)
async def list_page(actor: Actor, q: str = "", cursor: str | None = None) -> Page:
    found = await consumers.list_consumers(actor, search=q.strip(), cursor=cursor)
    return Page("consumers/list.html", page=found, q=q, names=await company_names(actor))


@get(f"{PATH}/{{consumer:str}}", needs=Permission.CONSUMER_READ)
async def detail(request: Asked, actor: Actor, consumer: str, company: str = "") -> Page:
    view: View = request.state.view
    actor, consumer_id = within(actor, company), ids.untype("con", consumer)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await consumers.get_consumer(tx, actor, consumer_id)
        totals = await consumers.list_totals(tx, consumer_id)
        happened = await events.list_for_subject(tx, actor, consumer_id)
    asked = payments.parse(f"consumer:{consumer}")
    page = await payments.list_transactions(actor, asked, limit=25)
    return Page(
        "consumers/detail.html", consumer=found, page=page, money=Money, totals=totals,
        lines=[words.said(event, view) for event in happened],
    )  # fmt: skip


@get(f"{PATH}/{{consumer:str}}/edit", needs=Permission.CONSUMER_WRITE)
async def edit_panel(request: Asked, actor: Actor, consumer: str, company: str = "") -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await consumers.get_consumer(tx, actor, ids.untype("con", consumer))
    return Page("consumers/edit.html", consumer=found, countries=countries(request.state.view))


@post(f"{PATH}/{{consumer:str}}/edit", needs=Permission.CONSUMER_WRITE)
async def edit(actor: Actor, consumer: str, data: Form[ConsumerForm], company: str = "") -> Done:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        await consumers.edit_consumer(
            tx, actor, ids.untype("con", consumer), name=blank(data.name), phone=blank(data.phone),
            country=blank(data.country), note=blank(data.note),
        )  # fmt: skip
    return Done(_address(consumer, company), message("The consumer was saved"))


def _address(consumer: str, company: str) -> str:
    return f"{PATH}/{consumer}" + (f"?company={company}" if company else "")


ROUTES = [list_page, detail, edit_panel, edit]
