"""The checklist of an empty installation: from nothing to the first test payment."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request

from comptoir import gateways, merchants, payments
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import Permission
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict
from comptoir.kit.money import Money
from comptoir.web.forms import Form, blank

PATH = "/office/setup"
Asked = Request[Any, Any, Any]
TEST_MINOR = 1500


class ProviderForm(msgspec.Struct):
    name: str
    support_email: str = ""


class NotReady(Conflict):
    code = "not_ready"
    title = "A test payment needs a company, a merchant account and an originator first"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist."""

    key: str
    done: bool
    ready: bool


@get(PATH, needs=Permission.PROVIDER_WRITE)
async def checklist(actor: Actor) -> Page:
    provider = await merchants.get_provider()
    steps = await _steps(actor, provider)
    return Page("setup/page.html", provider=provider, steps=steps)


async def _steps(actor: Actor, provider: merchants.Provider) -> list[Step]:
    """Each step is ready when what it stands on is there."""
    company = actor.company_id is not None or bool(await merchants.list_companies(actor, limit=1))
    accounts = bool(await merchants.list_accounts(actor, limit=1))
    originators = await merchants.list_originators(actor)
    paid = await payments.list_transactions(actor, payments.parse(""), limit=1)
    chosen = actor.company_id is not None and not actor.live
    return [
        Step("provider", provider.set_up_at is not None, True),
        Step("company", company, True),
        Step("account", accounts, chosen),
        Step("originator", bool(originators), chosen),
        Step("key", await _has_key(originators), bool(originators)),
        Step("payment", bool(paid.rows), accounts and bool(originators) and not actor.live),
    ]


async def _has_key(originators: list[merchants.Originator]) -> bool:
    for originator in originators[:1]:
        async with db.transaction(company=originator.company_id) as tx:
            return bool(await merchants.list_keys(tx, originator.id))
    return False


@get(f"{PATH}/provider", needs=Permission.PROVIDER_WRITE)
async def provider_panel() -> Page:
    return Page("setup/provider.html", provider=await merchants.get_provider())


@post(f"{PATH}/provider", needs=Permission.PROVIDER_WRITE)
async def save_provider(data: Form[ProviderForm]) -> Done:
    present = await merchants.get_provider()
    await merchants.set_provider(
        data.name, accent=present.accent, support_email=blank(data.support_email),
        set_up_at=clock.now(),
    )  # fmt: skip
    return Done(PATH, message("The provider was saved"))


@post(f"{PATH}/payment", needs=Permission.PROVIDER_WRITE)
async def first_payment(actor: Actor) -> Done:
    """A sale on the sandbox with the everyday test card, by the first originator."""
    originators = await merchants.list_originators(actor)
    if not originators or actor.live:
        raise NotReady
    one = originators[0]
    within = actor.within(one.company_id)
    await _route_if_none(within, one)
    card = gateways.CardData("4111111111111111", 12, clock.now().year + 3, "123", "Test")
    asked = payments.Charge(
        payments.Kind.SALE, f"first-{clock.now():%H%M%S}", Money(TEST_MINOR, one.currency), card
    )
    operation, _ = await payments.charge(within, await payments.get_seller(within, one.id), asked)
    to = f"/office/transactions/{ids.typeid('op', operation.id)}"
    return Done(to, message("Your first test payment"))


async def _route_if_none(actor: Actor, originator: merchants.Originator) -> None:
    """A new originator is served by the company's accounts until somebody chooses."""
    accounts = await merchants.list_accounts(actor)
    async with db.transaction(company=originator.company_id) as tx:
        if not await merchants.list_route(tx, originator.id, live=False):
            chosen = tuple(a.id for a in accounts[:1])
            await merchants.set_route(tx, actor, originator.id, chosen, live=False)


ROUTES = [checklist, provider_panel, save_provider, first_payment]
