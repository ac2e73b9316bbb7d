"""What a shop prepared, in words: order, cart, shopper, account, shipping, and the shopper's steps.

The shop's own names are kept in storage; here each known one gets its word, and what is not known
is shown under its own name, so that nothing is hidden.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from comptoir import checkout
from comptoir.edge.i18n import message
from comptoir.edge.render import View
from comptoir.kit.money import Money

LABELS = {
    "id": message("Identifier"),
    "type": message("Type"),
    "description": message("Description"),
    "shippingType": message("Shipping"),
    "deliveryDelay": message("Delivery"),
    "deliveryEmail": message("Delivered to"),
    "reorder": message("Ordered before"),
    "preOrder": message("Pre-order"),
    "preOrderDate": message("Available on"),
    "prepaidAmount": message("Prepaid amount"),
    "prepaidCurrency": message("Prepaid currency"),
    "prepaidCount": message("Prepaid cards"),
    "shopperLoyaltyProgram": message("Loyalty programme"),
    "totalWithoutShipping": message("Without shipping"),
    "shippingPrice": message("Shipping price"),
    "discount": message("Discount"),
    "affiliateID": message("Affiliate"),
    "campaignName": message("Campaign"),
    "merchantIdentifier": message("Merchant identifier"),
    "firstName": message("First name"),
    "lastName": message("Last name"),
    "name": message("Name"),
    "company": message("Company"),
    "address1": message("Address"),
    "address2": message("Address, line 2"),
    "address3": message("Address, line 3"),
    "zipcode": message("Postcode"),
    "city": message("City"),
    "state": message("State or region"),
    "countryCode": message("Country"),
    "email": message("E-mail"),
    "phone": message("Phone"),
    "homePhonePrefix": message("Prefix"),
    "homePhone": message("Phone"),
    "mobilePhonePrefix": message("Mobile prefix"),
    "mobilePhone": message("Mobile phone"),
    "workPhonePrefix": message("Work prefix"),
    "workPhone": message("Work phone"),
    "birthDate": message("Born"),
    "idNumber": message("Identity document"),
    "age": message("Account"),
    "date": message("Account since"),
    "lastChange": message("Last changed"),
    "lastChangeDate": message("Last changed on"),
    "pwChange": message("Password changed"),
    "pwChangeDate": message("Password changed on"),
    "shipInfoAge": message("Address used first"),
    "shipInfoDate": message("Address used since"),
    "transLastDay": message("Payments in a day"),
    "transLastYear": message("Payments in a year"),
    "cardsAddLastDay": message("Cards added in a day"),
    "orderSixMonths": message("Orders in six months"),
    "suspicious": message("Suspicious"),
    "namesMatching": message("Names match"),
    "paymentMeanAge": message("Card added"),
    "paymentMeanDate": message("Card added on"),
}
_AGE = {
    "01": message("none, a guest"),
    "02": message("during this payment"),
    "03": message("less than 30 days"),
    "04": message("30 to 60 days"),
    "05": message("more than 60 days"),
}
_CHANGE = {
    "01": message("during this payment"),
    "02": message("less than 30 days"),
    "03": message("30 to 60 days"),
    "04": message("more than 60 days"),
}
_ORDER_TYPES = {
    "01": message("goods or services"),
    "03": message("check acceptance"),
    "10": message("account funding"),
    "11": message("quasi cash"),
    "28": message("prepaid or loan"),
}
_SHIPPING = {
    "01": message("to the cardholder"),
    "02": message("to a verified address"),
    "03": message("to another address"),
    "04": message("to a store"),
    "05": message("digital goods"),
    "06": message("ticket"),
    "07": message("other"),
}
_DELAY = {
    "01": message("electronic"),
    "02": message("same day"),
    "03": message("overnight"),
    "04": message("two days or more"),
}
VALUES = {
    "type": _ORDER_TYPES, "shippingType": _SHIPPING, "deliveryDelay": _DELAY, "age": _AGE,
    "lastChange": _CHANGE, "pwChange": {**_AGE, "01": message("never")}, "shipInfoAge": _CHANGE,
    "paymentMeanAge": _AGE,
}  # fmt: skip
_MONEY = frozenset({"totalWithoutShipping", "shippingPrice", "discount"})
_DAYS = frozenset(name for name in LABELS if name == "date" or name.endswith("Date"))
STEPS = {
    "prepared": (message("The shop prepared the payment"), "shopping-cart"),
    "opened": (message("The shopper opened the payment page"), "eye"),
    "held": (message("The shop’s page showed the payment page inside itself"), "eye"),
    "method": (message("The shopper chose how to pay"), "credit-card"),
    "paying": (message("The shopper pressed Pay"), "send"),
    "challenged": (message("The bank asked the shopper"), "shield-check"),
    "authenticated": (message("The shopper came back from the bank"), "shield-check"),
    "another_way": (message("The shopper chose another way"), "arrow-back-up"),
    "given_up": (message("The attempt ended before anything was charged"), "x"),
    "cancelled": (message("The shopper gave up"), "ban"),
    "returned": (message("The shopper went back to the shop"), "arrow-back-up"),
    "expired": (message("The payment's time was over"), "clock-off"),
}
STATES = {
    "Not processed": ("neutral", "circle-dashed", message("Not processed")),
    "Pending": ("pending", "clock", message("Pending")),
    "Authorized": ("accepted", "check", message("Authorised")),
    "Not authorized": ("declined", "x", message("Not authorised")),
    "Expired": ("neutral", "clock-off", message("Expired")),
    "Call failed": ("declined", "ban", message("Call failed")),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the shop said, with its word and its value as a person reads it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the cart. Prices are the shop's text: shown, never summed."""

    name: str
    brand: str
    category: str
    quantity: str
    price: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A prepared payment as the page shows it."""

    checkout: checkout.Checkout
    order: list[Told]
    cart: list[Item]
    shopper: list[Told]
    account: list[Told]
    shipping: list[Told]


def shown(found: checkout.Checkout | None, view: View) -> Shown | None:
    """None for a payment that no shop prepared."""
    if found is None:
        return None
    prepared, currency = found.prepared, found.amount.currency
    account = prepared.shopper.get("account")
    return Shown(
        found,
        _told(prepared.order, view, currency),
        [_item(line, view) for line in prepared.order.get("cartContent", [])],
        _told(prepared.shopper, view, currency),
        _told(account if isinstance(account, dict) else {}, view, currency),
        _told(prepared.shipping, view, currency),
    )


def _told(given: dict[str, Any], view: View, currency: str) -> list[Told]:
    plain = {name: value for name, value in given.items() if not isinstance(value, dict | list)}
    return [
        Told(view.translate(LABELS[name]) if name in LABELS else name,
             _value(name, value, view, currency))
        for name, value in plain.items()
    ]  # fmt: skip


def _value(name: str, value: Any, view: View, currency: str) -> str:
    if isinstance(value, bool):
        return view.translate(message("yes") if value else message("no"))
    if name in _MONEY and isinstance(value, int):
        return view.formats.money(Money(value, currency))
    text = str(value)
    if name in VALUES and text in VALUES[name]:
        return f"{text} · {view.translate(VALUES[name][text])}"
    return _day(text, view) if name in _DAYS or name == "birthDate" else text


def _day(text: str, view: View) -> str:
    try:
        return view.formats.day(date(int(text[:4]), int(text[4:6]), int(text[6:8])))
    except ValueError:
        return text


def _item(line: dict[str, Any], view: View) -> Item:
    quantity = line.get("cartProductQuantity")
    return Item(
        str(line.get("cartProductName") or line.get("cartProductId") or "–"),
        str(line.get("cartProductBrand") or ""),
        str(line.get("cartProductCategoryName") or ""),
        "" if quantity is None else view.formats.number(int(quantity)),
        str(line.get("cartProductUnitPrice") or ""),
    )
