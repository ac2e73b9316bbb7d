"""A payment page's start: the payment behind a token, how its shop looks, how it can be paid."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Request

from comptoir import checkout, merchants, payments, settings
from comptoir.edge import i18n
from comptoir.edge.render import View
from comptoir.hosted import look
from comptoir.kit import db
from comptoir.payments import Operation

AnyRequest = Request[Any, Any, Any]
# What this page can take.
METHODS = ("card", "direct_debit", "bank_transfer", "alipay", "wechat", "upi")
_EURO_ONLY = frozenset({"direct_debit"})
# What an address of this page says to the next one.
_KEPT = {"lang": frozenset({*i18n.LANGUAGES, i18n.PSEUDO}), "seamless": frozenset({"1"})}


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that a page of one payment needs."""

    token: str
    view: checkout.View
    seller: payments.Seller
    theme: checkout.Theme
    profile: checkout.Profile
    methods: tuple[str, ...]
    locale: str
    kept: str  # `?lang=fr`, or nothing.
    seamless: bool
    looks: int = 0  # How often a page without script has looked by itself.
    networks: tuple[
        str, ...
    ] = ()  # Of transfers: the shop's choice, or what the shopper may choose.
    framed_by: str | None = None  # The shop whose page may hold this one: in seamless mode alone.

    @property
    def checkout(self) -> checkout.Checkout:
        return self.view.checkout

    @property
    def last(self) -> Operation | None:
        return self.view.last

    @property
    def shop(self) -> str:
        return self.theme.shop_name or self.seller.name

    @property
    def base(self) -> str:
        return f"/payment/{self.token}"

    @property
    def mark(self) -> str:
        """Changes with what there is to see; a page that waits asks whether it has."""
        last = self.last
        return f"{len(self.view.operations)}-{last.status if last else 'none'}"

    @property
    def name(self) -> str:
        """The payment's short name, as the wire tells it."""
        return checkout.payment_name(self.checkout.payment_id)

    @property
    def return_url(self) -> str:
        """Where a bank sends its customer back to: the whole window, whatever held this page."""
        return f"{public_base()}{self.base}/return?lang={self.locale}"

    def at(self, place: str = "") -> str:
        """An address of this payment, in the same language."""
        return f"{self.base}{place}{self.kept}"


async def open_payment(request: AnyRequest, token: str) -> Opened:
    """The payment of a customer's token; raises `NotFound`."""
    found = await checkout.find_by_customer_token(token)
    seller = await payments.get_seller(checkout.shopper_actor(found), found.originator_id)
    view = await checkout.look(found)
    async with db.transaction(company=found.company_id) as tx:
        theme = await checkout.get_theme(tx, found.originator_id, found.prepared.theme_id)
        profile = await checkout.get_profile(tx, found.originator_id)
        route = await merchants.list_route(tx, found.originator_id, live=found.live)
        asked = {name: request.query_params.get(name, "") for name in _KEPT}
        holder = await _holder(tx, found) if asked["seamless"] == "1" else None
    kept = urlencode({name: value for name, value in asked.items() if value in _KEPT[name]})
    networks = _networks(found)
    opened = Opened(
        token, view, seller, theme, profile, _methods(found, seller, profile, route, networks),
        _locale(request), f"?{kept}" if kept else "",
        holder is not None, _looks(request.query_params.get("n", "")), networks, holder,
    )  # fmt: skip
    request.state.view = _view(opened)
    return opened


async def _holder(tx: db.Tx, found: checkout.Checkout) -> str | None:
    """Where the shop's own page is: it says so itself, or in test mode asked for the script there.

    What a browser says of the page that asks can be made up: it may not choose who holds a live
    payment.
    """
    said = found.prepared.redirect_url
    if said is not None:
        return said
    if found.live:
        return found.prepared.callback_url
    return await checkout.find_holder(tx, found.payment_id)


async def note_holder(request: AnyRequest, token: str, ip: str | None) -> None:
    """Keep which page asked for the script. Raises `NotFound`."""
    found = await checkout.find_by_customer_token(token)
    if found.live:
        return  # Only the shop itself says where its page is.
    asking = request.headers.get("origin") or request.headers.get("referer")
    try:
        place = look.origin(asking or "")
    except ValueError:
        return  # A program, or a page that does not say where it is.
    async with db.transaction(company=found.company_id) as tx:
        await checkout.note_holder(tx, found.payment_id, place, ip)


def _methods(
    found: checkout.Checkout,
    seller: payments.Seller,
    profile: checkout.Profile,
    route: list[merchants.MerchantAccount],
    networks: tuple[str, ...],
) -> tuple[str, ...]:
    """The ways that the originator offers for this payment, or the one that the shop chose."""
    offers = checkout.offered_methods(profile, route, seller.currencies, seller.default_operation)
    wanted = found.prepared.method
    only = set(METHODS) if wanted is None else {checkout.METHODS[wanted]}.intersection(METHODS)
    if wanted is None:  # A shop that does not know a method could not read that it was paid by it.
        only = {m for m in only if checkout.knows_method(m, found.prepared.api_version)}
    if found.prepared.terms is not None:
        only &= {"card"}  # Only a card can be charged again.
    if found.amount.currency != "EUR":
        only -= _EURO_ONLY
    if not networks:
        only -= {"bank_transfer"}
    currency = found.amount.currency
    return tuple(o.method for o in offers if o.method in only and currency in o.currencies)


def _networks(found: checkout.Checkout) -> tuple[str, ...]:
    """How a transfer may go: through what the shop chose, else what reaches the shopper's bank."""
    network, currency = found.prepared.network, found.amount.currency
    if network is not None:
        return (network,) if currency in checkout.currencies_of(network) else ()
    return checkout.networks_for(currency, found.prepared.payer().country)


def _locale(request: AnyRequest) -> str:
    """The language asked for, else the best one of the browser's."""
    asked = request.query_params.get("lang", "")
    spoken = request.headers.get("accept-language", "")
    return i18n.known(asked) if asked else i18n.negotiate(spoken)


def _looks(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _view(opened: Opened) -> View:
    return View(
        locale=opened.locale,
        brand=opened.shop,
        live=opened.checkout.live,
        path=opened.base,
        query=(("seamless", "1"),) if opened.seamless else (),
    )


async def note_opened(opened: Opened, ip: str | None) -> None:
    """Write down once that somebody from there looked at the page."""
    async with db.transaction(company=opened.checkout.company_id) as tx:
        await checkout.note_seldom(tx, opened.checkout.payment_id, "opened", ip, once=True)


def elsewhere(request: AnyRequest) -> str | None:
    """Where this page belongs, if it has an origin of its own and was asked for on another one."""
    own = settings.load().pay_url
    if own is None or request.headers.get("host", "") == urlsplit(own).netloc:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{own}{request.url.path}{query}"


def public_base() -> str:
    """Where shoppers find payment pages."""
    chosen = settings.load()
    return chosen.pay_url or chosen.public
