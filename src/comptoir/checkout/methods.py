"""What an originator's page offers: what its accounts can take, chosen and ordered by its profile.

`/account` tells the shop the same, from the same function.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from comptoir import merchants, payments
from comptoir.checkout.checkout import METHODS
from comptoir.checkout.networks import NETWORKS, currencies_of
from comptoir.checkout.profile import Profile, get_profile
from comptoir.kit import db

_USUAL = tuple(dict.fromkeys(METHODS.values()))  # Cards first.
_ONLY = {
    "direct_debit": frozenset({"EUR"}),  # SEPA knows the euro alone.
    "bank_transfer": frozenset[str]().union(*map(currencies_of, NETWORKS)),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A method with the currencies that some account can take it in."""

    method: str
    currencies: tuple[str, ...]
    operation: str  # What a payment is by default: sale or authorize.


def possible_methods(
    route: Iterable[merchants.MerchantAccount], currencies: tuple[str, ...], operation: str
) -> list[Offer]:
    """All that the accounts of one mode can take, in the usual order."""
    found: dict[str, set[str]] = {}
    for account in route:
        if account.state == "active":
            for method in account.methods:
                usable = set(account.currencies) & set(currencies)
                usable &= _ONLY.get(method, usable)
                found.setdefault(method, set()).update(usable)
    return [
        Offer(method, tuple(sorted(taken)), operation if method == "card" else "sale")
        for method, taken in sorted(found.items(), key=lambda item: _place(item[0], _USUAL))
        if taken
    ]


def offered_methods(
    profile: Profile,
    route: Iterable[merchants.MerchantAccount],
    currencies: tuple[str, ...],
    operation: str,
) -> list[Offer]:
    """The possible ones that the profile names, in its order; all of them if it names none."""
    possible = possible_methods(route, currencies, operation)
    if not profile.methods:
        return possible
    known = {offer.method: offer for offer in possible}
    return [known[method] for method in profile.methods if method in known]


async def load_offers(tx: db.Tx, seller: payments.Seller, *, live: bool) -> list[Offer]:
    """What an originator's page offers in one mode."""
    profile = await get_profile(tx, seller.originator_id)
    route = await merchants.list_route(tx, seller.originator_id, live=live)
    return offered_methods(profile, route, seller.currencies, seller.default_operation)


def _place(method: str, order: tuple[str, ...]) -> tuple[int, str]:
    return (order.index(method) if method in order else len(order), method)
