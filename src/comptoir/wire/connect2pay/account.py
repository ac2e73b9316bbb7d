"""Account: what an originator is set up for, in one answer."""

from typing import Any

from litestar import Response

from comptoir import checkout, hosted, merchants, payments
from comptoir.edge.http import get
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.wire.connect2pay.doors import version_of
from comptoir.wire.problems import answer
from comptoir.wire.reading import AnyRequest

_WIRE_METHODS = {ours: theirs for theirs, ours in checkout.METHODS.items()}
# The clients know `honor`; the other two are ours.
_MODES = {
    checkout.ThreeDsMode.NEVER: "off",
    checkout.ThreeDsMode.HONOR: "honor",
    checkout.ThreeDsMode.ALWAYS: "force",
}


@get("/account", needs=Permission.ORIGINATOR_READ, door=DOOR)
async def account(request: AnyRequest, actor: Actor) -> Response[bytes]:
    """What the shop's module asks before it offers payment methods."""
    seller: payments.Seller = request.state.seller
    async with db.transaction(company=seller.company_id) as tx:
        profile = await checkout.get_profile(tx, seller.originator_id)
        route = await merchants.list_route(tx, seller.originator_id, live=actor.live)
        themes = await checkout.list_themes(tx, seller.originator_id)
    return answer(_told(seller, profile, route, themes, version_of(request)))


def _told(
    seller: payments.Seller,
    profile: checkout.Profile,
    route: list[merchants.MerchantAccount],
    themes: list[checkout.Theme],
    version: str,
) -> dict[str, Any]:
    offers = checkout.offered_methods(profile, route, seller.currencies, seller.default_operation)
    return {
        "apiVersion": version,
        "name": seller.name,
        **_settings(seller, profile),
        "paymentMethods": _methods(profile, offers, version),
        "themes": [_theme(theme) for theme in themes or [checkout.Theme()]],
    }


def _settings(seller: payments.Seller, profile: checkout.Profile) -> dict[str, Any]:
    """Texts nobody set are empty, not absent: clients take them for granted."""
    return {
        "displayTerms": profile.display_terms,
        "termsUrl": profile.terms_url or "",
        "supportUrl": profile.support_url or "",
        "maxAttempts": profile.max_attempts,
        "notificationSenderName": profile.sender_name or seller.name,
        "notificationSenderEmail": profile.sender_email or "",
        "notificationOnSuccess": profile.notify_success,
        "notificationOnFailure": profile.notify_failure,
        "merchantNotification": profile.notify_merchant,
        "merchantNotificationTo": profile.notify_merchant_to or "",
        "merchantNotificationLang": profile.notify_merchant_language,
    }


def _methods(
    profile: checkout.Profile, offers: list[checkout.Offer], version: str
) -> list[dict[str, Any]]:
    """One entry per method that the page offers, in its order; of transfers one per network."""
    entries: list[dict[str, Any]] = []
    for offer in offers:
        if not checkout.knows_method(offer.method, version):
            continue
        entry: dict[str, Any] = {
            "paymentMethod": _WIRE_METHODS.get(offer.method, "CreditCard"),
            "currencies": list(offer.currencies),
            "defaultOperation": offer.operation,
        }
        if offer.method == "card":
            entry["options"] = [
                {"name": "3dsMode", "value": _MODES[profile.three_ds]},
                {"name": "3dsVersion", "value": "v2"},
            ]
        entries += _transfers(entry, offer) if offer.method == "bank_transfer" else [entry]
    return entries


def _transfers(entry: dict[str, Any], offer: checkout.Offer) -> list[dict[str, Any]]:
    """One per network, each with the currencies that it moves."""
    found = []
    for network in checkout.NETWORKS:
        currencies = [c for c in offer.currencies if c in checkout.currencies_of(network)]
        if currencies:
            found.append({**entry, "paymentNetwork": network, "currencies": currencies})
    return found


def _theme(theme: checkout.Theme) -> dict[str, Any]:
    """A look that `themeID` can name; 0 is the usual one of an originator that made none."""
    libraries = [{"version": version, "hash": mark} for version, mark in hosted.libraries()]
    return {"themeId": theme.id, "name": theme.name, "seamlessLibraries": libraries}


HANDLERS = [account]
