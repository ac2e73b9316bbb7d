"""Deliveries: what merchants were told, to which address, how often, and what they answered."""

from typing import Any

from litestar import Request

from comptoir import deliveries
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search
from comptoir.web import filters, words
from comptoir.web.filters import Kind
from comptoir.web.scope import within

PATH = "/office/deliveries"
Asked = Request[Any, Any, Any]
STATES = (
    ("waiting", message("Waiting")),
    ("delivered", message("Delivered")),
    ("failed", message("Failed")),
)
KINDS = (
    ("callback", message("Callback")),
    ("receipt", message("Receipt")),
    ("notification", message("Notification")),
)
FILTERS = (
    Kind(message("Status"), ("state",), "choices", STATES),
    Kind(message("What"), ("kind",), "choices", KINDS),
    Kind(message("Recipient"), ("recipient",), hint="shop.example"),
    Kind(message("Tries"), ("tries",), "range"),
    Kind(message("Date"), ("from", "to"), "days"),
    Kind(message("Order"), ("order",)),
    Kind(message("Payment"), ("payment",), hint="pay_…"),
    Kind(message("Originator"), ("originator",), hint="100001"),
)


def scoped(q: str, originator: str = "") -> Search:
    return filters.of_originator(deliveries.parse(q), originator)


@get(PATH, needs=Permission.DELIVERY_READ)
async def list_page(
    request: Asked, actor: Actor, q: str = "", cursor: str | None = None, originator: str = ""
) -> Page:
    view: View = request.state.view
    asked, written = scoped(q, originator), deliveries.parse(q)
    return Page(
        "deliveries/list.html",
        asked=written,
        filters=filters.shown(FILTERS, written, view),
        page=await deliveries.list_page(actor, asked, cursor=cursor),
        count=await deliveries.count_listed(actor, asked),
    )


@get(f"{PATH}/filter", needs=Permission.DELIVERY_READ)
async def filter_list(request: Asked, q: str = "", originator: str = "") -> Done:
    return filters.applied(request, PATH, FILTERS, deliveries.parse(q), originator)


@get(f"{PATH}/{{delivery:str}}", needs=Permission.DELIVERY_READ)
async def detail(actor: Actor, delivery: str, company: str = "") -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await deliveries.get_listed(tx, actor, ids.untype("del", delivery))
        tries = await deliveries.list_tries(tx, found.id)
    return Page(
        "deliveries/detail.html", delivery=found, tries=tries[::-1], pretty=words.pretty,
        most=len(deliveries.LADDER) + 1, shown=deliveries.TRIES_LIMIT,
    )  # fmt: skip


@get(f"{PATH}/{{delivery:str}}/again", needs=Permission.DELIVERY_SEND)
async def again_panel(actor: Actor, delivery: str, company: str = "") -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await deliveries.get_listed(tx, actor, ids.untype("del", delivery))
    return Page("deliveries/again.html", delivery=found)


@post(f"{PATH}/{{delivery:str}}/again", needs=Permission.DELIVERY_SEND)
async def send_again(actor: Actor, delivery: str, company: str = "") -> Page:
    actor, delivery_id = within(actor, company), ids.untype("del", delivery)
    async with db.transaction(company=company_of(actor)) as tx:
        await deliveries.send_again(tx, actor, delivery_id)
        found = await deliveries.get_listed(tx, actor, delivery_id)
    return Page(
        "deliveries/sent.html",
        headers={"HX-Trigger": "record-changed, operation-changed"},
        delivery=found,
    )


ROUTES = [list_page, filter_list, detail, again_panel, send_again]
