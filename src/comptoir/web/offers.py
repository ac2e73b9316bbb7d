"""Subscription offers: terms under a number, for shops to name instead of sending them."""

from typing import Any

import msgspec
from litestar import Request

from comptoir import merchants, subscriptions
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid
from comptoir.merchants import Originator
from comptoir.subscriptions import Terms
from comptoir.web import forms
from comptoir.web.forms import Form
from comptoir.web.scope import within
from comptoir.web.subscriptions import TYPES

PATH = "/office/offers"
Asked = Request[Any, Any, Any]


class OfferForm(msgspec.Struct):
    name: str
    originator: str
    kind: str
    currency: str
    amount: str
    period: str = ""
    times: str = ""
    trial_period: str = ""
    trial_amount: str = ""
    description: str = ""


class StateForm(msgspec.Struct):
    state: str


@get(PATH, needs=Permission.SUBSCRIPTION_READ)
async def list_page(actor: Actor) -> Page:
    async with db.reads(actor) as tx:
        found = await subscriptions.list_all_offers(tx, actor)
    return Page("offers/list.html", offers=found)


@get(f"{PATH}/new", needs=Permission.OFFER_WRITE)
async def new_panel(request: Asked, actor: Actor) -> Page:
    view: View = request.state.view
    company_of(actor)
    found = await merchants.list_originators(actor)
    return Page(
        "offers/new.html",
        originators=[(o.number, o.name) for o in found],
        currencies=[(code, code) for code in sorted({c for o in found for c in o.currencies})],
        types=[(kind, view.translate(word)) for kind, word in TYPES],
    )


@post(f"{PATH}/new", needs=Permission.OFFER_WRITE)
async def create(actor: Actor, data: Form[OfferForm]) -> Done:
    originator = await _originator(actor, data)
    terms, trial = _terms(data, originator)
    async with db.transaction(company=company_of(actor)) as tx:
        await subscriptions.create_offer(
            tx, actor, originator.id, data.name, data.currency, terms, trial_minor=trial,
            description=data.description.strip(),
        )  # fmt: skip
    return Done(PATH, message("The offer was created"))


async def _originator(actor: Actor, data: OfferForm) -> Originator:
    found = await merchants.list_originators(actor)
    chosen = next((o for o in found if str(o.number) == data.originator), None)
    if chosen is None:
        raise Invalid("Choose one of the originators", field="originator")
    if data.currency not in chosen.currencies:
        raise Invalid("The originator does not take this currency", field="currency")
    return chosen


# What the domain calls a field, and what the form does.
_FIELDS = {"rebill_minor": "amount", "rebill_period": "period", "rebill_max": "times"}


def _terms(data: OfferForm, originator: Originator) -> tuple[Terms, int | None]:
    assert data.currency in originator.currencies, "looked at before"
    if data.times and not (data.times.isascii() and data.times.isdigit()):
        raise Invalid("The number of rebills is a whole number", field="times")
    terms = Terms(
        data.kind,
        forms.amount(data.amount, data.currency).minor,
        forms.blank(data.period),
        int(data.times) if data.times else None,
        forms.blank(data.trial_period),
    )
    trial = forms.blank(data.trial_amount)
    try:
        subscriptions.check_terms(terms)
    except subscriptions.BadTerms as error:
        name = str(error.data["field"])
        raise Invalid(error.detail, field=_FIELDS.get(name, name)) from None
    return terms, None if trial is None else forms.amount(
        trial, data.currency, "trial_amount"
    ).minor  # fmt: skip


@post(f"{PATH}/{{offer:str}}/state", needs=Permission.OFFER_WRITE)
async def set_state(actor: Actor, offer: str, data: Form[StateForm], company: str = "") -> Done:
    """Switch an offer on or off; what was agreed already goes on."""
    actor = within(actor, company)
    async with db.transaction(company=company_of(actor)) as tx:
        await subscriptions.set_offer_state(tx, actor, ids.untype("off", offer), data.state)
    return Done(PATH, message("The offer was saved"))


ROUTES = [list_page, new_panel, create, set_state]
