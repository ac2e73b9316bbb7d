"""Two dated price lists: what an account costs, and what a company pays.

A price is a percentage plus a fixed part, at least a minimum, for operations that match its
filters. The most specific valid price wins; among equals the newest. Without one there is no
price: screens say so, and nothing is posted.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid
from comptoir.kit.money import CODES, Money

PRICES_LIMIT = 5_000  # Of one company, with its history: no more can be set.
REGIONS = ("domestic", "eea", "international")
OPERATIONS = (
    "authorize", "sale", "capture", "cancel", "refund", "rebill", "credit", "3dscheck",
    "submission", "collection", "chargeback", "dispute", "representment", "retrieval", "reversal",
    "fraud",
)  # fmt: skip
METHODS = (
    "card", "direct_debit", "bank_transfer", "wechat", "alipay", "upi", "line", "unionpay",
    "bancontact",
)  # fmt: skip
BRANDS = (
    "visa", "mastercard", "amex", "cb", "jcb", "maestro", "diners", "discover", "unionpay",
    "electron", "vpay", "other",
)  # fmt: skip
_EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Price:
    id: UUID
    side: str
    account_id: UUID | None
    operation: str | None
    method: str | None
    brand: str | None
    region: str | None
    currency: str
    percent: Decimal
    fixed_minor: int
    minimum_minor: int
    valid_from: datetime

    def fee(self, amount: Money) -> Money:
        """The charge for an operation of `amount`, in the same currency, rounded half up."""
        fee = amount.share(self.percent / 100) + Money(self.fixed_minor, amount.currency)
        return max(fee, Money(self.minimum_minor, amount.currency))


@dataclass(frozen=True, slots=True)
class Priced:
    """What an operation is, as far as prices look at it."""

    operation: str
    method: str
    brand: str | None
    region: str
    amount: Money
    account_id: UUID | None
    at: datetime


def region_of(company_country: str | None, card_country: str | None) -> str:
    """Domestic, inside the European Economic Area, or international."""
    if company_country and company_country == card_country:
        return "domestic"
    if company_country in _EEA and card_country in _EEA:
        return "eea"
    return "international"


def choose_price(prices: list[Price], side: str, subject: Priced) -> Price | None:
    """The price that applies on one side, or None: then no price is set."""
    fitting = [p for p in prices if p.side == side and _fits(p, subject)]
    return max(fitting, key=lambda p: (_specificity(p), p.valid_from), default=None)


def _fits(price: Price, subject: Priced) -> bool:
    return (
        price.currency == subject.amount.currency
        and price.valid_from <= subject.at
        and price.account_id in (None, subject.account_id)
        and price.operation in (None, subject.operation)
        and price.method in (None, subject.method)
        and price.brand in (None, subject.brand)
        and price.region in (None, subject.region)
    )


def _specificity(price: Price) -> int:
    filters = (price.operation, price.method, price.brand, price.region)
    return sum(value is not None for value in filters)


class WouldNeverMatch(Invalid):
    code = "price_never_matches"
    title = "No operation would ever have this price"


def _check_filters(**filters: tuple[str | None, tuple[str, ...]]) -> None:
    """Refuse a filter that no operation passes: the price would be there and never be used."""
    for name, (value, known) in filters.items():
        if value is not None and value not in known:
            raise WouldNeverMatch(
                "Not one of %(known)s: %(value)s", field=name, known=", ".join(known), value=value
            )


class TooManyPrices(Conflict):
    code = "too_many_prices"
    title = "This company has as many prices as one can have"


async def set_price(
    tx: db.Tx,
    actor: Actor,
    *,
    side: str,
    currency: str,
    percent: Decimal,
    fixed_minor: int,
    minimum_minor: int = 0,
    account_id: UUID | None = None,
    operation: str | None = None,
    method: str | None = None,
    brand: str | None = None,
    region: str | None = None,
    valid_from: datetime | None = None,
) -> UUID:
    """Add a dated price; earlier ones stay as history. Raises `Invalid` for what cannot be."""
    if (side == "cost") != (account_id is not None):
        raise Invalid("A cost belongs to a merchant account, a price to the company", field="side")
    possible = percent.is_finite() and 0 <= percent <= 100
    if currency not in CODES or not possible or fixed_minor < 0 or minimum_minor < 0:
        raise Invalid("A price is 0 to 100 percent plus a fixed part of a known currency")
    _check_filters(
        operation=(operation, OPERATIONS), method=(method, METHODS), brand=(brand, BRANDS),
        region=(region, REGIONS),
    )  # fmt: skip
    if await tx.value("select count(*) from price where company_id = $1", tx.company) >= (
        PRICES_LIMIT
    ):
        raise TooManyPrices(limit=PRICES_LIMIT)
    price_id = ids.new()
    await tx.run(
        "insert into price (company_id, id, side, account_id, operation, method, brand, region,"
        " currency, percent, fixed_minor, minimum_minor, valid_from)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tx.company, price_id, side, account_id, operation, method, brand, region, currency,
        percent, fixed_minor, minimum_minor, valid_from or clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "price.set", price_id, live=actor.live, side=side)
    return price_id


async def list_prices(tx: db.Tx) -> list[Price]:
    return await tx.all(
        Price,
        "select id, side, account_id, operation, method, brand, region, currency::text as currency,"
        " percent, fixed_minor, minimum_minor, valid_from from price where company_id = $1"
        " order by valid_from desc, id desc limit $2",
        tx.company,
        PRICES_LIMIT,
    )
