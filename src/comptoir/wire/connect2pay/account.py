"""Account: what an originator is set up for, in one answer."""

from typing import Any

from litestar import Response

from comptoir import checkout, merchants, payments
from comptoir.edge.http import get
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.wire.connect2pay.doors import version_of
from comptoir.wire.problems import answer
from comptoir.wire.reading import AnyRequest

_WIRE_METHODS = {ours: theirs for theirs, ours in checkout.METHODS.items()}
_THREE_DS = [{"name": "3dsMode", "value": "honor"}, {"name": "3dsVersion", "value": "v2"}]


@get("/account", needs=Permission.ORIGINATOR_READ, door=DOOR)
async def account(request: AnyRequest, actor: Actor) -> Response[bytes]:
    """What the shop's module asks before it offers payment methods."""
    seller: payments.Seller = request.state.seller
    async with db.transaction(company=seller.company_id) as tx:
        profile = await checkout.get_profile(tx, seller.originator_id)
        route = await merchants.list_route(tx, seller.originator_id, live=actor.live)
    told = {"apiVersion": version_of(request), "name": seller.name, **_settings(seller, profile)}
    return answer({**told, "paymentMethods": _methods(seller, route, version_of(request))})


def _settings(seller: payments.Seller, profile: checkout.Profile) -> dict[str, Any]:
    told = {
        "displayTerms": profile.display_terms,
        "termsUrl": profile.terms_url,
        "supportUrl": profile.support_url,
        "maxAttempts": profile.max_attempts,
        "notificationSenderName": profile.sender_name or seller.name,
        "notificationSenderEmail": profile.sender_email,
        "notificationOnSuccess": profile.notify_success,
        "notificationOnFailure": profile.notify_failure,
        "merchantNotification": profile.notify_merchant,
        "merchantNotificationTo": profile.notify_merchant_to,
        "merchantNotificationLang": profile.notify_merchant_language,
    }
    return {name: value for name, value in told.items() if value is not None}


def _methods(
    seller: payments.Seller, route: list[merchants.MerchantAccount], version: str
) -> list[dict[str, Any]]:
    """One entry per method, with the currencies that some account of the route can take."""
    found: dict[str, set[str]] = {}
    for item in route:
        if item.state == "active":
            for method in item.methods:
                usable = set(item.currencies) & set(seller.currencies)
                found.setdefault(method, set()).update(usable)
    entries = []
    for method, currencies in sorted(found.items()):
        if not checkout.knows_method(method, version):
            continue
        entry: dict[str, Any] = {
            "paymentMethod": _WIRE_METHODS.get(method, "CreditCard"),
            "currencies": sorted(currencies),
            "defaultOperation": seller.default_operation if method == "card" else "sale",
        }
        if method == "card":
            entry["options"] = _THREE_DS
        entries.append(entry)
    return entries


HANDLERS = [account]
