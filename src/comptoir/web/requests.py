"""The request log: what programs asked of the APIs, what was answered, and how long it took."""

from typing import Any

from litestar import Request

from comptoir import settings, traffic
from comptoir.edge.auth import company_of
from comptoir.edge.http import get
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search
from comptoir.web import filters, words
from comptoir.web.filters import Kind
from comptoir.web.scope import within

PATH = "/office/developers/requests"
Asked = Request[Any, Any, Any]
DOORS = (("api", message("Our API")), ("wire", message("PayXpert’s APIs")))
METHODS = (("get", "GET"), ("post", "POST"), ("put", "PUT"))
FILTERS = (
    Kind(message("Method"), ("method",), "choices", METHODS),
    Kind(message("Path"), ("path",), hint="/payment/prepare"),
    Kind(message("HTTP status"), ("status",), hint="4xx"),
    Kind(message("Code"), ("code",), hint="501"),
    Kind(message("API"), ("door",), "choices", DOORS),
    Kind(message("Originator"), ("originator",), hint="100001"),
    Kind(message("Request id"), ("id",)),
    Kind(message("Slower than (ms)"), ("ms",), hint="100"),
    Kind(message("Date"), ("from", "to"), "days"),
)


def scoped(q: str, originator: str = "") -> Search:
    return filters.of_originator(traffic.parse(q), originator)


@get(PATH, needs=Permission.REQUEST_READ)
async def list_page(
    request: Asked, actor: Actor, q: str = "", cursor: str | None = None, originator: str = ""
) -> Page:
    view: View = request.state.view
    written, company = traffic.parse(q), actor.company_id
    found = company and await traffic.list_page(
        actor, company, scoped(q, originator), cursor=cursor
    )
    return Page(
        "developers/requests.html", asked=written, page=found,
        filters=filters.shown(FILTERS, written, view),
        days=settings.load().request_log_days, window=traffic.WINDOW,
    )  # fmt: skip


@get(f"{PATH}/filter", needs=Permission.REQUEST_READ)
async def filter_list(request: Asked, q: str = "", originator: str = "") -> Done:
    return filters.applied(request, PATH, FILTERS, traffic.parse(q), originator)


@get(f"{PATH}/{{request_line:str}}", needs=Permission.REQUEST_READ)
async def detail(actor: Actor, request_line: str, company: str = "") -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await traffic.get_exchange(tx, actor, ids.untype("req", request_line))
    return Page(
        "developers/request.html", line=found, pretty=words.pretty,
        days=settings.load().request_log_days,
    )  # fmt: skip


ROUTES = [list_page, filter_list, detail]
