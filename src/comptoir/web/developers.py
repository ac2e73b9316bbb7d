"""For developers: how to begin, both wire APIs, test data, and a test payment to look at."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request

from comptoir import checkout, gateways, merchants, payments, settings
from comptoir.checkout import Prepared
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.render import Page, View
from comptoir.identity import Permission
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid
from comptoir.merchants import Originator
from comptoir.web import forms, reference, test_data, words
from comptoir.web.forms import Form

PATH = "/office/developers"
Asked = Request[Any, Any, Any]
_PROGRAMS = Path(__file__).parent / "programs"
LANGUAGES = {
    "curl": "curl", "python": "Python", "php": "PHP", "node": "Node.js", "java": "Java",
    "csharp": "C#",
}  # fmt: skip
_OFFERING = 20  # So many originators are asked what they offer.
_NOBODY = "ORIGINATOR"  # Stands in a program where no originator was made yet.
TEST_SHOPPER = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}


class TestModeOnly(Conflict):
    code = "test_mode_only"
    title = "A test payment is made in test mode; switch to it at the top of the page"


class PaymentForm(msgspec.Struct):
    originator: str
    amount: str
    currency: str
    method: str = ""
    secure3d: bool = False


@cache
def _program(language: str) -> str:
    return (_PROGRAMS / f"{language}.txt").read_text()


def program(language: str, originator: Originator | None) -> str:
    """A first program, with addresses and number filled in and the key left to its reader."""
    chosen = settings.load()
    filled = {
        "@BASE@": chosen.public,
        "@PAY@": chosen.pay_url or chosen.public,
        "@ORIGINATOR@": _NOBODY if originator is None else str(originator.number),
        "@CURRENCY@": "EUR" if originator is None else originator.currency,
    }
    text = _program(language)
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


@get(PATH, needs=Permission.ORIGINATOR_READ)
async def start(actor: Actor, language: str = "curl", originator: str = "") -> Page:
    found = await merchants.list_originators(actor)
    first = found[0] if found else None
    chosen = next((o for o in found if str(o.number) == originator), first)
    language = language if language in LANGUAGES else "curl"
    return Page(
        "developers/start.html",
        originators=found,
        chosen=chosen,
        language=language,
        languages=LANGUAGES,
        program=program(language, chosen),
        base=settings.load().public,
    )


@get(f"{PATH}/reference", needs=Permission.ORIGINATOR_READ)
async def list_reference(api: str = reference.CONNECT2PAY) -> Page:
    api = api if api in reference.ENDPOINTS else reference.CONNECT2PAY
    return Page(
        "developers/reference.html",
        api=api,
        endpoints=reference.ENDPOINTS[api],
        open=reference.OPEN,
        codes=reference.API_CODES,
        base=settings.load().public,
    )


@get(f"{PATH}/tests", needs=Permission.ORIGINATOR_READ)
async def tests() -> Page:
    return Page(
        "developers/tests.html",
        cards=test_data.usual(),
        results=test_data.results(),
        troubles=test_data.troubles(),
        notes=test_data.NOTES,
        three_ds=test_data.THREE_DS,
        addresses=gateways.TEST_ADDRESSES,
        avs_words=words.AVS,
    )


@get(f"{PATH}/payment", needs=Permission.PAYMENT_CREATE)
async def payment_panel(request: Asked, actor: Actor) -> Page:
    view: View = request.state.view
    company_of(actor)
    found = await merchants.list_originators(actor)
    currencies = sorted({code for o in found for code in o.currencies})
    methods = await _methods(actor, found)
    return Page(
        "developers/payment.html",
        originators=[(o.number, o.name) for o in found if o.state == "active"],
        chosen=view.originator,
        currency=found[0].currency if found else "EUR",
        currencies=[(code, code) for code in currencies],
        methods=[(name, name) for name, ours in checkout.METHODS.items() if ours in methods],
    )


async def _methods(actor: Actor, originators: list[Originator]) -> set[str]:
    """What the page of one of these originators can offer."""
    found: set[str] = set()
    for one in originators[:_OFFERING]:
        seller = await payments.get_seller(actor, one.id)
        async with db.transaction(company=seller.company_id) as tx:
            offers = await checkout.load_offers(tx, seller, live=actor.live)
        found.update(offer.method for offer in offers)
    return found


@post(f"{PATH}/payment", needs=Permission.PAYMENT_CREATE)
async def prepare_payment(actor: Actor, data: Form[PaymentForm]) -> Page:
    """Prepare a payment as a shop would; the panel then leads to its page."""
    if actor.live:
        raise TestModeOnly
    found = await merchants.list_originators(actor)
    chosen = next((o for o in found if str(o.number) == data.originator), None)
    if chosen is None:
        raise Invalid("Choose one of the originators", field="originator")
    tokens, order = await _prepared(actor, chosen, data)
    base = settings.load().pay_url or settings.load().public
    return Page("developers/prepared.html", address=f"{base}/payment/{tokens}", order=order)


async def _prepared(actor: Actor, chosen: Originator, data: PaymentForm) -> tuple[str, str]:
    """The customer's token and the order of a new test payment."""
    order = f"TEST-{clock.now():%m%d-%H%M%S}"
    seller = await payments.get_seller(actor, chosen.id)
    networks = checkout.networks_for(data.currency) if data.method == "BankTransfer" else ()
    asked = Prepared(
        api_version=checkout.LATEST,
        mode="Single",
        method=data.method if data.method in checkout.METHODS else None,
        network=networks[0] if networks else None,
        secure3d=data.secure3d,
        order={"id": order, "description": "Made in the back office"},
        shopper=dict(TEST_SHOPPER),
    )
    if data.currency not in seller.currencies:
        raise Invalid("The originator does not take this currency", field="currency")
    amount = forms.amount(data.amount, data.currency)
    if asked.method is not None and checkout.METHODS[asked.method] not in await _methods(
        actor, [chosen]
    ):
        raise Invalid("The originator does not take this method", field="method")
    tokens = await checkout.prepare(actor, seller, asked, amount)
    return tokens.customer, order


ROUTES = [start, list_reference, tests, payment_panel, prepare_payment]
