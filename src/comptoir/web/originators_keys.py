"""How a shop connects: the addresses of the APIs to copy, and an originator's keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request

from comptoir import checkout, merchants, settings
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import Permission
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.web.forms import Form
from comptoir.web.originators import PATH, find

Asked = Request[Any, Any, Any]
# Hours that a rolled key goes on working.
OVERLAPS = {
    0: message("Not at all: it stops at once"),
    1: message("1 hour"),
    24: message("24 hours"),
    24 * 7: message("7 days"),
    24 * 30: message("30 days"),
}
USUAL_OVERLAP = 24


class KeyForm(msgspec.Struct):
    key: str = ""
    overlap: int = USUAL_OVERLAP


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL that a shop's program is given."""

    name: str
    url: str
    about: str


def addresses() -> list[Address]:
    chosen = settings.load()
    base, pay = chosen.public, chosen.pay_url or chosen.public
    return [
        Address("Connect2Pay", base, message("Payments on the hosted page, PayXpert's API.")),
        Address(
            "Payment Gateway", f"{base}/gateway/", message("Server to server, PayXpert's API.")
        ),
        Address("API v1", f"{base}/api/v1", message("Comptoir's own API, with everything.")),
        Address(message("Payment page"), f"{pay}/payment", message("Where shoppers are sent.")),
    ]


@get(f"{PATH}/{{number:int}}/integration", needs=Permission.ORIGINATOR_READ)
async def integration(actor: Actor, number: int) -> Page:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        keys = await merchants.list_keys(tx, found.id) if actor.may(Permission.KEY_READ) else []
        profile = await checkout.get_profile(tx, found.id)
    shown = [(key, _state(key)) for key in keys if key.live == actor.live]
    return Page(
        "originators/integration.html", originator=found, addresses=addresses(), keys=shown,
        profile=profile,
    )  # fmt: skip


def _state(key: merchants.ApiKey) -> str:
    if key.revoked_at is not None or (key.expires_at and key.expires_at <= clock.now()):
        return "revoked"
    return "active" if key.expires_at is None else "expiring"


@get(f"{PATH}/{{number:int}}/keys", needs=Permission.KEY_WRITE)
async def key_panel(actor: Actor, number: int, key: str = "") -> Page:
    _, found = await find(actor, number)
    overlaps = list(OVERLAPS.items())
    return Page(
        "originators/key.html", originator=found, key=key, overlaps=overlaps, usual=USUAL_OVERLAP
    )


@post(f"{PATH}/{{number:int}}/keys", needs=Permission.KEY_WRITE)
async def make_key(actor: Actor, number: int, data: Form[KeyForm]) -> Page:
    """A new key, or a new one for an old one that then works for a while more."""
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        if data.key:
            old = await _one_key(tx, actor, found, data.key)
            _, secret = await merchants.roll_key(tx, actor, found.id, old.id, _overlap(data))
        else:
            _, secret = await merchants.create_key(tx, actor, found.id, live=actor.live)
    headers = {"HX-Trigger": "record-changed"}
    return Page("originators/secret.html", headers=headers, originator=found, secret=secret)


def _overlap(data: KeyForm) -> timedelta:
    if data.overlap not in OVERLAPS:
        raise Invalid("Choose one of the listed times", field="overlap")
    return timedelta(hours=data.overlap)


async def _one_key(
    tx: db.Tx, actor: Actor, originator: merchants.Originator, name: str
) -> merchants.ApiKey:
    """A key of this originator and of the mode that is looked at."""
    wanted = ids.untype("key", name)
    for key in await merchants.list_keys(tx, originator.id):
        if key.id == wanted and key.live == actor.live:
            return key
    raise NotFound


@get(f"{PATH}/{{number:int}}/keys/revoke", needs=Permission.KEY_WRITE)
async def revoke_panel(actor: Actor, number: int, key: str = "") -> Page:
    """What stops when it is pressed: a key is not revoked by one slip of the mouse."""
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        one = await _one_key(tx, actor, found, key)
    return Page("originators/revoke.html", originator=found, key=one)


@post(f"{PATH}/{{number:int}}/keys/revoke", needs=Permission.KEY_WRITE)
async def revoke_key(actor: Actor, number: int, data: Form[KeyForm]) -> Done:
    actor, found = await find(actor, number)
    async with db.transaction(company=found.company_id) as tx:
        key = await _one_key(tx, actor, found, data.key)
        await merchants.revoke_key(tx, actor, found.id, key.id)
    to = f"{PATH}/{number}/integration"
    return Done(to, message("The key was revoked; it opens nothing any more"))


ROUTES = [integration, key_panel, make_key, revoke_panel, revoke_key]
