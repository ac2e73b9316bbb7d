"""What a shopper reads: prices as their language writes them, and why a payment was not made."""

from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol
from babel.units import format_unit

from comptoir import checkout, gateways
from comptoir.edge import i18n
from comptoir.edge.i18n import message
from comptoir.kit.money import Money, exponent
from comptoir.kit.period import Period
from comptoir.payments import Operation, Status

NAMES = {
    "card": message("Card"),
    "direct_debit": message("SEPA direct debit"),
    "bank_transfer": message("Bank transfer"),
    "alipay": "Alipay",
    "wechat": "WeChat Pay",
    "upi": "UPI",
    # The networks of transfers.
    "sofort": "Sofort",
    "przelewy24": "Przelewy24",
    "ideal": "iDEAL",
    "giropay": "giropay",
    "eps": "eps",
    "poli": "POLi",
    "dragonpay": "Dragonpay",
    "trustly": "Trustly",
}
_GIVEN_UP = "021"
_NOT_MADE = message("This payment could not be made. Nothing was charged.")
_REFUSED = message("The payment was refused. Nothing was charged.")


def price(money: Money, locale: str) -> str:
    """`€1,234.50`, with the currency's own decimals."""
    known = Locale.parse("en" if locale == i18n.PSEUDO else locale)
    places = exponent(money.currency)
    decimals = "0." + "0" * places if places else "0"
    form = known.currency_formats["standard"].pattern.replace("0.00", decimals)
    if form.startswith("¤") and get_currency_symbol(money.currency, known)[-1].isalpha():
        form = form.replace("¤", "¤\N{NO-BREAK SPACE}", 1)  # KWD 1.250, but €1.25.
    value = Decimal(money.minor).scaleb(-places)
    return format_currency(value, money.currency, form, known, currency_digits=False)


def why_not(operation: Operation) -> str:
    """Why an attempt failed, in plain words and without a word about the bank's secrets."""
    if operation.status in {Status.REJECTED, Status.NOT_SENT}:
        return _NOT_MADE
    if operation.result_code == _GIVEN_UP:
        return gateways.CUSTOMER_TEXTS[gateways.Category.CANCELLED]
    if operation.method != "card":
        return _REFUSED
    reason = gateways.reason_of(operation.result_code or "")
    return gateways.CUSTOMER_TEXTS[reason.category]


def afterwards(found: checkout.Checkout, locale: str) -> tuple[str, str, int]:
    """What is charged later by the subscription: how much, how often, how many times (0: open)."""
    terms = found.prepared.terms
    if terms is None:
        return "", "", 0
    later = price(Money(terms.rebill_minor, found.amount.currency), locale)
    every = "" if terms.rebill_period is None else _spoken(terms.rebill_period, locale)
    return later, every, terms.rebill_max or 0


def _spoken(text: str, locale: str) -> str:
    """`30 days`, `1 month`."""
    period = Period.parse(text)
    known = "en" if locale == i18n.PSEUDO else locale
    parts = ((period.months, "duration-month"), (period.rest.days, "duration-day"))
    return ", ".join(format_unit(count, unit, locale=known) for count, unit in parts if count)
