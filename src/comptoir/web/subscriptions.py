"""Subscriptions: the list with filters and export, one with its terms and charges, its cancel."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.response import Stream

from comptoir import events, gateways, payments, subscriptions
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import HEADERS, Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search
from comptoir.web import filters, words
from comptoir.web.filters import Kind
from comptoir.web.forms import Form
from comptoir.web.scope import within

PATH = "/office/subscriptions"
Asked = Request[Any, Any, Any]
COLUMNS = (
    "amount", "state", "number", "consumer", "next", "iterations", "period", "reason",
    "originator", "company", "began",
)  # fmt: skip
FIXED = frozenset({"amount", "number"})
_FIRST_HIDDEN = frozenset({"company"})

STATES = (
    ("trial", message("Trial")),
    ("active", message("Active")),
    ("retry", message("Retry")),
    ("unpaid", message("Failed")),
    ("finished", message("Expired")),
    ("disabled", message("Disabled")),
    ("canceled", message("Cancelled")),
)
TYPES = (
    ("normal", message("Normal")),
    ("partpayment", message("Instalments")),
    ("infinite", message("Without an end")),
    ("onetime", message("Once more")),
    ("lifetime", message("For life")),
)
# Why a subscription is cancelled: the wire's codes. The first five end it at once.
REASONS = {
    1000: message("The bank refuses"),
    1001: message("Refunded"),
    1002: message("Request for information"),
    1003: message("Letter from the bank"),
    1004: message("Chargeback"),
    1005: message("The company account was closed"),
    1006: message("The site account was closed"),
    1007: message("Did not like the site"),
    1008: message("Does not recognise it"),
    1009: message("Fraud by the webmaster"),
    1010: message("Could not get in"),
    1011: message("No problem, moving on"),
    1012: message("Too few updates"),
    1013: message("Problem with the videos"),
    1014: message("The site was too slow"),
    1015: message("The site did not work"),
    1016: message("Too expensive"),
    1017: message("Signed up by a family member"),
    1018: message("Not determined"),
    1019: message("The webmaster asked for it"),
    1020: message("Nothing was received"),
    1021: message("Arrived damaged"),
    1022: message("The box was empty"),
    1023: message("The order was incomplete"),
    1099: message("Unknown"),
}
FILTERS = (
    Kind(message("Status"), ("state",), "choices", STATES),
    Kind(message("Type"), ("type",), "choices", TYPES),
    Kind(message("Began"), ("from", "to"), "days"),
    Kind(message("Charged until"), ("due",), hint="2026-12-31"),
    Kind(message("Reason"), ("reason",), hint="1007"),
    Kind(message("Currency"), ("currency",), hint="EUR"),
    Kind(message("E-mail"), ("email",)),
    Kind(message("Order"), ("order",)),
    Kind(message("Offer"), ("offer",), hint="1001"),
    Kind(message("Originator"), ("originator",), hint="100001"),
)


class CancelForm(msgspec.Struct):
    reason: int


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the page shows of one subscription, read in one transaction."""

    subscription: subscriptions.Listed
    whole: subscriptions.Subscription
    operations: list[payments.Operation]
    happened: list[events.Event]


def scoped(q: str, originator: str = "") -> Search:
    return filters.of_originator(subscriptions.parse(q), originator)


def hidden(view: View) -> frozenset[str]:
    """Columns this person does not show."""
    chosen = view.columns.get("subscriptions")
    return _FIRST_HIDDEN if chosen is None else frozenset(COLUMNS) - set(chosen) - FIXED


@get(PATH, needs=Permission.SUBSCRIPTION_READ)
async def list_page(
    request: Asked, actor: Actor, q: str = "", cursor: str | None = None, originator: str = ""
) -> Page:
    view: View = request.state.view
    asked, written = scoped(q, originator), subscriptions.parse(q)
    return Page(
        "subscriptions/list.html",
        asked=written,
        filters=filters.shown(FILTERS, written, view),
        hidden=hidden(view),
        page=await subscriptions.list_page(actor, asked, cursor=cursor),
        count=await subscriptions.count_listed(actor, asked),
        reasons=REASONS,
    )


@get(f"{PATH}/filter", needs=Permission.SUBSCRIPTION_READ)
async def filter_list(request: Asked, q: str = "", originator: str = "") -> Done:
    return filters.applied(request, PATH, FILTERS, subscriptions.parse(q), originator)


@get(f"{PATH}/export", needs=Permission.TRANSACTION_EXPORT)
async def export(actor: Actor, q: str = "", originator: str = "") -> Stream:
    name = f"subscriptions-{clock.now():%Y%m%d-%H%M}.csv"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    file = await subscriptions.export_csv(actor, scoped(q, originator))
    return Stream(file, media_type="text/csv; charset=utf-8", headers=headers)


async def load(actor: Actor, subscription_id: UUID) -> Record:
    async with db.transaction(company=company_of(actor)) as tx:
        listed = await subscriptions.get_listed(tx, actor, subscription_id)
        whole = await subscriptions.get_by_number(tx, actor, listed.number)
        happened = await events.list_for_payment(tx, actor, listed.payment_id)
        operations = await payments.list_operations(tx, listed.payment_id)
    return Record(listed, whole, operations, [e for e in happened if e.subject_id == listed.id])


@get(f"{PATH}/{{subscription:str}}", needs=Permission.SUBSCRIPTION_READ)
async def detail(request: Asked, actor: Actor, subscription: str, company: str = "") -> Page:
    view: View = request.state.view
    record = await load(within(actor, company), ids.untype("sub", subscription))
    return Page(
        "subscriptions/detail.html",
        record=record,
        lines=[words.said(event, view) for event in reversed(record.happened)],
        over=record.subscription.state in subscriptions.ENDED,
        reasons=REASONS,
        text_of=gateways.text_of,
    )


@get(f"{PATH}/{{subscription:str}}/cancel", needs=Permission.SUBSCRIPTION_CANCEL)
async def cancel_panel(actor: Actor, subscription: str, company: str = "") -> Page:
    record = await load(within(actor, company), ids.untype("sub", subscription))
    return Page(
        "subscriptions/cancel.html",
        record=record,
        over=record.subscription.state in subscriptions.ENDED,
        at_once=[(c, w) for c, w in REASONS.items() if c in subscriptions.AT_ONCE],
        later=[(c, w) for c, w in REASONS.items() if c not in subscriptions.AT_ONCE],
    )


@post(f"{PATH}/{{subscription:str}}/cancel", needs=Permission.SUBSCRIPTION_CANCEL)
async def cancel(
    actor: Actor, subscription: str, data: Form[CancelForm], company: str = ""
) -> Page:
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        ended = await subscriptions.cancel(
            tx, actor, ids.untype("sub", subscription), data.reason
        )  # fmt: skip
    return Page(
        "subscriptions/cancelled.html",
        headers={"HX-Trigger": "record-changed"},
        ended=ended,
        over=ended.state in subscriptions.ENDED,
        reason=REASONS[data.reason],
    )


ROUTES = [list_page, filter_list, export, detail, cancel_panel, cancel]
