"""The Transactions list: filters in the address, free search, totals and a streamed export."""

from typing import Any

from litestar import Request
from litestar.response import Stream

from comptoir import gateways, payments
from comptoir.edge.http import get
from comptoir.edge.render import HEADERS, Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import clock
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search, Term
from comptoir.web import filters

PATH = "/office/transactions"
Asked = Request[Any, Any, Any]
COLUMNS = (
    "amount", "status", "kind", "date", "number", "order", "consumer", "card", "country",
    "result", "originator", "company", "financial",
)  # fmt: skip
FIXED = frozenset({"amount", "number"})
_FIRST_HIDDEN = frozenset({"country", "financial", "originator", "company"})


def scoped(q: str, originator: str = "") -> Search:
    """The query text, within the originator chosen at the top of the page."""
    asked = payments.parse(q)
    if not originator or any(t.name == "originator" for t in asked.terms):
        return asked
    return Search((*asked.terms, Term("originator", originator)), asked.free)


def hidden(view: View, table: str = "transactions") -> frozenset[str]:
    """Columns this person does not show."""
    chosen = view.columns.get(table)
    return _FIRST_HIDDEN if chosen is None else frozenset(COLUMNS) - set(chosen) - FIXED


@get(PATH, needs=Permission.TRANSACTION_READ)
async def transactions(
    request: Asked, actor: Actor, q: str = "", cursor: str | None = None, originator: str = ""
) -> Page:
    view: View = request.state.view
    asked, typed = scoped(q, originator), payments.parse(q)
    zone = await payments.get_zone(actor, asked)
    return Page(
        "transactions/list.html",
        asked=typed,
        filters=filters.shown(filters.TRANSACTIONS, typed, view, zone),
        hidden=hidden(view),
        page=await payments.list_transactions(actor, asked, cursor=cursor),
        count=await payments.count_transactions(actor, asked),
        text_of=gateways.text_of,
    )


@get(f"{PATH}/filter", needs=Permission.TRANSACTION_READ)
async def filter_transactions(request: Asked, q: str = "", originator: str = "") -> Done:
    return filters.applied(request, PATH, filters.TRANSACTIONS, payments.parse(q), originator)


@get(f"{PATH}/totals", needs=Permission.TRANSACTION_READ)
async def totals(actor: Actor, q: str = "", originator: str = "") -> Page:
    """Exact sums of everything that matches, asked for by a person who wants them."""
    asked = scoped(q, originator)
    return Page(
        "transactions/totals.html",
        totals=await payments.total_transactions(actor, asked),
        dated=any(term.name in {"from", "to"} for term in asked.terms),
        zone=await payments.get_zone(actor, asked),
    )


@get(f"{PATH}/export", needs=Permission.TRANSACTION_EXPORT)
async def export(actor: Actor, q: str = "", originator: str = "") -> Stream:
    asked = scoped(q, originator)
    name = f"transactions-{clock.now():%Y%m%d-%H%M}.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    file = await payments.export_csv(actor, asked)
    return Stream(file, media_type="text/csv; charset=utf-8", headers=headers)


ROUTES = [transactions, filter_transactions, totals, export]
