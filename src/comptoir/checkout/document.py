"""The status document: one builder for the status call, the callback and the browser's data.

The superset of all revisions: today's objects, and beside them the flat fields of older clients.
"""

import base64
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from comptoir import gateways
from comptoir.checkout.checkout import METHODS, Checkout, first_operations, state_of
from comptoir.checkout.facts import Facts, get_details
from comptoir.checkout.results import code_of, text_of
from comptoir.checkout.token import token_bytes
from comptoir.checkout.transaction import (
    knows_method,
    mean_info,
    method_of,
    network_of,
    shopper_of,
    transaction_attempt,
    visible,
)
from comptoir.kit import db
from comptoir.payments import Operation

LATEST = "002.73"
CANCELLED_BY_SHOPPER = "-1"
_BLOCK_BITS = 128
_LISTING_SINCE = "002.51"  # Older callers are told first operations only.

_encode = msgspec.json.Encoder(decimal_format="number").encode


async def status_document(
    tx: db.Tx, checkout: Checkout, version: str | None = None, *, cancelled: bool = False
) -> dict[str, Any]:
    """Everything about a prepared payment, for a caller of `version`."""
    facts, operations = await get_details(tx, checkout.payment_id)
    return document(checkout, operations, facts, version or LATEST, cancelled=cancelled)


def document(
    checkout: Checkout,
    operations: list[Operation],
    facts: Facts,
    version: str,
    *,
    cancelled: bool = False,
) -> dict[str, Any]:
    shown = [o for o in operations if visible(o, version)]
    firsts = first_operations(operations)
    last = firsts[-1] if firsts else None
    code = CANCELLED_BY_SHOPPER if cancelled else _code(last)
    prepared = checkout.prepared
    listed = shown if version >= _LISTING_SINCE else [o for o in shown if o in firsts]
    told: dict[str, Any] = {
        "apiVersion": version,
        "status": str(state_of(checkout, operations)),
        "merchantToken": checkout.tokens.merchant,
        "operation": str(last.kind) if last else prepared.operation,
        "errorCode": code,
        "errorMessage": _text(code, last),
        "currency": checkout.amount.currency,
        "amount": checkout.amount.minor,
        "ctrlCustomData": prepared.custom,
        "order": _order(prepared.order),
        "shipping": prepared.shipping or None,
        "transactions": [transaction_attempt(o, facts) for o in reversed(listed)],
        **_legacy(checkout, last, facts, version),
    }
    return {name: value for name, value in told.items() if value is not None}


def _code(last: Operation | None) -> str:
    return gateways.SUCCESS if last is None else code_of(last)


def _text(code: str, last: Operation | None) -> str:
    if code == CANCELLED_BY_SHOPPER:
        return "The shopper cancelled the payment"
    return "The payment was not processed yet" if last is None else text_of(code)


def _order(order: dict[str, Any]) -> dict[str, Any]:
    """The order said back; prices of single items are decimal numbers."""
    cart = [dict(item) for item in order.get("cartContent", [])]
    for item in cart:
        price = item.get("cartProductUnitPrice")
        if isinstance(price, str):
            item["cartProductUnitPrice"] = _decimal(price)
    return {**order, "cartContent": cart} if cart else dict(order)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def _method(checkout: Checkout, last: Operation | None, version: str) -> str | None:
    """What was paid with, or shall be; nothing where the reader's closed list has no such word."""
    if last is not None:
        return method_of(last) if visible(last, version) else None
    wanted = checkout.prepared.method
    known = wanted is None or knows_method(METHODS[wanted], version)
    return wanted if known else None


def _legacy(
    checkout: Checkout, last: Operation | None, facts: Facts, version: str
) -> dict[str, Any]:
    """The flat fields that clients before 002.70 read."""
    order = checkout.prepared.order
    told: dict[str, Any] = {"orderID": order["id"], "orderDescription": order.get("description")}
    told["paymentType"] = _method(checkout, last, version)
    told["provider"] = network_of(last, facts) if last else checkout.prepared.network
    shopper = shopper_of(last, facts) if last else checkout.prepared.shopper
    for flat, name in _FLAT_SHOPPER.items():
        told[flat] = shopper.get(name)
    if last is not None:
        info = mean_info(last, facts)
        told["transactionID"] = str(last.number)
        told["subscriptionID"] = facts.subscriptions.get(last.payment_id)
        told["cardHolderName"] = info.get("cardHolderName")
        told["statementDescriptor"] = info.get("statementDescriptor")
        told["paymentMeanInfo"] = info
    return told


_FLAT_SHOPPER = {
    "shopperID": "id", "shopperName": "name", "shopperAddress": "address1",
    "shopperZipcode": "zipcode", "shopperCity": "city", "shopperState": "state",
    "shopperCountryCode": "countryCode", "shopperEmail": "email", "shopperPhone": "homePhone",
    "shopperBirthDate": "birthDate", "shopperIDNumber": "idNumber",
    "shopperIPAddress": "ipAddress", "shopperCompany": "company",
}  # fmt: skip


def encode(told: object) -> bytes:
    """A document as JSON; decimals are numbers."""
    return _encode(told)


def encrypt(merchant_token: str, plain: bytes) -> str:
    """The data that the shopper's browser carries: AES-128, ECB, PKCS#7, URL-safe base64.

    Weak by the contract's design (no MAC): never read back as proof of anything here.
    """
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(plain) + padder.finalize()
    key = algorithms.AES128(token_bytes(merchant_token))
    cipher = Cipher(key, modes.ECB())  # noqa: S305  The contract says ECB (1.11).
    encryptor = cipher.encryptor()
    sealed = encryptor.update(padded) + encryptor.finalize()
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
