"""The payment page with a look that is still being chosen: the very template, and a made-up order.

Whoever shows it takes the frame's forms and scripts away: nothing on it can be sent.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request

from comptoir import checkout, payments
from comptoir.checkout import Profile, State, Theme, Tokens
from comptoir.edge.render import Page, View
from comptoir.hosted import assets, look, words
from comptoir.hosted.opening import METHODS, Opened
from comptoir.hosted.showing import TEST_CARDS
from comptoir.kit import clock, ids
from comptoir.kit.money import Money, exponent

_ORDER = {"id": "A-1024", "description": "Two tickets, Saturday evening"}
_UNITS = 48


@dataclass(frozen=True, slots=True)
class Preview(Opened):
    """A payment that was never prepared; its pictures and colours come from the office."""

    places: tuple[tuple[str, str], ...] = ()

    def at(self, place: str = "") -> str:
        return dict(self.places).get(place, "#")


def preview(
    request: Request[Any, Any, Any],
    seller: payments.Seller,
    theme: Theme,
    profile: Profile,
    methods: tuple[str, ...],
    places: dict[str, str],
) -> Page:
    """The form of this seller in that look. `places`: where `/theme.css` and `/logo` are."""
    view: View = request.state.view
    usable = tuple(name for name in methods if name in METHODS) or METHODS[:1]
    opened = Preview(
        "preview", _payment(seller, live=view.live), seller, theme, profile, usable, view.locale,
        "", False, networks=checkout.networks_for(seller.currency), places=tuple(places.items()),
    )  # fmt: skip
    request.state.view = View(
        locale=view.locale, brand=opened.shop, live=view.live, path=view.path, query=view.query
    )
    return Page(
        "pay/form.html", headers=look.headers(framed_by=None) | _FRAMED, o=opened,
        pay_asset=assets.asset, price=words.price(opened.checkout.amount, view.locale),
        names=words.NAMES, chosen=usable[0], errors={}, kept={"holder": "Ada Lovelace"}, why="",
        left=profile.max_attempts, key="", test_cards=TEST_CARDS,
        still=True,  # No script: the frame lets none run, and a browser says so on each load.
    )  # fmt: skip


# Only the office may hold it in a frame; it sends nothing and runs nothing.
_FRAMED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none';"
        " base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


def _payment(seller: payments.Seller, *, live: bool) -> checkout.View:
    now = clock.now()
    amount = Money(_UNITS * 10 ** exponent(seller.currency), seller.currency)
    prepared = checkout.Prepared(
        "002.73", "Single", order=dict(_ORDER), redirect_url="https://shop.example/"
    )
    made = checkout.Checkout(
        seller.company_id, ids.new(), live, seller.originator_id, Tokens("preview", "preview"),
        prepared, amount, now + timedelta(days=1), 0, 3, None, now,
    )  # fmt: skip
    return checkout.View(made, State.NOT_PROCESSED, [])
