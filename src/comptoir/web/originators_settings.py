"""What a shop's payments do and say: methods, 3-D Secure, attempts, terms, letters, callbacks."""

from typing import Any

import msgspec
from litestar import Request

from comptoir import checkout, merchants
from comptoir.edge import i18n
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid
from comptoir.web.forms import Form, blank
from comptoir.web.originators import PATH, find

Asked = Request[Any, Any, Any]
METHODS = {
    "card": message("Card"),
    "direct_debit": message("SEPA direct debit"),
    "bank_transfer": message("Bank transfer"),
    "alipay": "Alipay",
    "wechat": "WeChat Pay",
    "upi": "UPI",
}
THREE_DS = {
    "never": message("Never"),
    "honor": message("When the shop or the card asks"),
    "always": message("Always"),
}


class MethodsForm(msgspec.Struct):
    methods: list[str] = []


class BehaviourForm(msgspec.Struct):
    default_operation: str
    three_ds: str
    max_attempts: int
    display_terms: bool = False
    terms_url: str = ""
    support_url: str = ""


class LettersForm(msgspec.Struct):
    sender_name: str = ""
    sender_email: str = ""
    notify_success: bool = False
    notify_failure: bool = False
    notify_merchant: bool = False
    notify_merchant_to: str = ""
    notify_merchant_language: str = "en"


class ServerForm(msgspec.Struct):
    duplicate_seconds: int = 0
    resend_callbacks: bool = False


@get(f"{PATH}/{{number:int}}/page", needs=Permission.ORIGINATOR_READ)
async def payment_page(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
        themes = await checkout.list_themes(tx, found.id)
        possible = await _possible(tx, actor, found)
    offered = [name for name in profile.methods or possible if name in possible]
    return Page(
        "originators/page.html", originator=found, profile=profile, themes=themes,
        usual=checkout.Theme(), offered=[possible[name] for name in offered],
        left_out=[name for name in possible if name not in offered], names=METHODS,
        modes=THREE_DS,
    )  # fmt: skip


async def _possible(
    tx: db.Tx, actor: Actor, found: merchants.Originator
) -> dict[str, checkout.Offer]:
    """What the accounts of the mode that is looked at can take."""
    route = await merchants.list_route(tx, found.id, live=actor.live)
    offers = checkout.possible_methods(route, found.currencies, found.default_operation)
    return {offer.method: offer for offer in offers}


@get(f"{PATH}/{{number:int}}/page/methods", needs=Permission.ORIGINATOR_WRITE)
async def methods_panel(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
        possible = await _possible(tx, actor, found)
    # What is offered in the other mode keeps its place, though no account here takes it.
    known = list(dict.fromkeys([*profile.methods, *possible]))
    return Page(
        "originators/methods.html", originator=found, chosen=profile.methods or tuple(possible),
        known=known, names=METHODS,
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/page/methods", needs=Permission.ORIGINATOR_WRITE)
async def save_methods(actor: Actor, number: int, data: Form[MethodsForm]) -> Done:
    actor, found = await find(actor, number)
    chosen = tuple(dict.fromkeys(name for name in data.methods if name))
    if not set(chosen) <= METHODS.keys():
        raise Invalid("Choose among the listed methods", field="methods")
    async with db.transaction(company=found.company_id) as tx:
        await checkout.edit_profile(tx, actor, found.id, methods=chosen)
    return Done(f"{PATH}/{number}/page", message("The payment methods were saved"))


@get(f"{PATH}/{{number:int}}/page/behaviour", needs=Permission.ORIGINATOR_WRITE)
async def behaviour_panel(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
    return Page(
        "originators/behaviour.html", originator=found, profile=profile,
        modes=list(THREE_DS.items()),
    )  # fmt: skip


@post(f"{PATH}/{{number:int}}/page/behaviour", needs=Permission.ORIGINATOR_WRITE)
async def save_behaviour(actor: Actor, number: int, data: Form[BehaviourForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        if data.default_operation != found.default_operation:
            await merchants.change_originator(
                tx, actor, found.id, default_operation=data.default_operation
            )
        await checkout.edit_profile(
            tx, actor, found.id, max_attempts=data.max_attempts, three_ds=_mode(data.three_ds),
            display_terms=data.display_terms, terms_url=blank(data.terms_url),
            support_url=blank(data.support_url),
        )  # fmt: skip
    return Done(f"{PATH}/{number}/page", message("The settings were saved"))


def _mode(text: str) -> checkout.ThreeDsMode:
    if text not in THREE_DS:
        raise Invalid("3-D Secure is asked for never, honor or always", field="three_ds")
    return checkout.ThreeDsMode(text)


@get(f"{PATH}/{{number:int}}/notifications", needs=Permission.ORIGINATOR_READ)
async def notifications(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
    return Page("originators/notifications.html", originator=found, profile=profile)


@get(f"{PATH}/{{number:int}}/notifications/edit", needs=Permission.ORIGINATOR_WRITE)
async def letters_panel(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
    spoken = list(i18n.LANGUAGES.items())
    return Page("originators/letters.html", originator=found, profile=profile, spoken=spoken)


@post(f"{PATH}/{{number:int}}/notifications/edit", needs=Permission.ORIGINATOR_WRITE)
async def save_letters(actor: Actor, number: int, data: Form[LettersForm]) -> Done:
    actor, found = await find(actor, number)
    to = blank(data.notify_merchant_to)
    if data.notify_merchant and to is None:
        raise Invalid("Say to which address", field="notify_merchant_to")
    async with db.transaction(company=found.company_id) as tx:
        await checkout.edit_profile(
            tx, actor, found.id, sender_name=blank(data.sender_name),
            sender_email=blank(data.sender_email), notify_success=data.notify_success,
            notify_failure=data.notify_failure, notify_merchant=data.notify_merchant,
            notify_merchant_to=to, notify_merchant_language=data.notify_merchant_language,
        )  # fmt: skip
    return Done(f"{PATH}/{number}/notifications", message("The notifications were saved"))


@get(f"{PATH}/{{number:int}}/integration/server", needs=Permission.ORIGINATOR_WRITE)
async def server_panel(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        profile = await checkout.get_profile(tx, found.id)
    return Page("originators/server.html", originator=found, profile=profile)


@post(f"{PATH}/{{number:int}}/integration/server", needs=Permission.ORIGINATOR_WRITE)
async def save_server(actor: Actor, number: int, data: Form[ServerForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        await checkout.edit_profile(
            tx, actor, found.id, duplicate_seconds=data.duplicate_seconds,
            resend_callbacks=data.resend_callbacks,
        )  # fmt: skip
    return Done(f"{PATH}/{number}/integration", message("The settings were saved"))


ROUTES = [
    payment_page, methods_panel, save_methods, behaviour_panel, save_behaviour, notifications,
    letters_panel, save_letters, server_panel, save_server,
]  # fmt: skip
