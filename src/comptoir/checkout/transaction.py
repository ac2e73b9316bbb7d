"""A transaction attempt in the wire's words: `transactions[]`, `/info`, exports, the WebSocket.

One superset for all revisions of the API; readers ignore what they do not know. Nothing is ever
null, codes are strings, moments are milliseconds.
"""

from typing import Any
from uuid import UUID

from comptoir.checkout.checkout import METHODS
from comptoir.checkout.facts import CardFacts, Facts, PaymentFacts
from comptoir.checkout.mandate import account_info
from comptoir.checkout.prepared import full_name
from comptoir.checkout.results import code_of, state_of_operation, text_of
from comptoir.payments import Kind, Operation, Status

UPI_SINCE = CREDIT_SINCE = "002.73"
_WIRE_METHODS = {ours: theirs for theirs, ours in METHODS.items()}
_LISTED = {Kind.CHARGEBACK: "Chargeback", Kind.REVERSAL: "Reversal"}
_BRANDS = {
    "visa": "VISA", "mastercard": "MCRD", "amex": "AMEX", "cb": "CB", "maestro": "MAES",
    "diners": "DINERS", "discover": "DISCOVER", "jcb": "JCB", "unionpay": "CUP",
    "electron": "ELECTRON", "vpay": "VPAY",
}  # fmt: skip
_WALLETS = frozenset({"wechat", "alipay"})
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAYMENT_ID = 10


def visible(operation: Operation, version: str) -> bool:
    """Whether a caller of that revision may see it: closed lists of kinds and methods."""
    if operation.kind is Kind.CHECK:
        return False
    if operation.kind is Kind.CREDIT:
        return version >= CREDIT_SINCE
    return knows_method(operation.method, version)


def knows_method(method: str, version: str) -> bool:
    """Whether the closed list of that revision has the method."""
    return method != "upi" or version >= UPI_SINCE


def payment_name(payment_id: UUID) -> str:
    """The short id of a payment: ten letters and digits."""
    number, letters = payment_id.int, []
    for _ in range(_PAYMENT_ID):
        number, rest = divmod(number, 36)
        letters.append(_LETTERS[rest])
    return "".join(letters)


def method_of(operation: Operation) -> str:
    return _LISTED.get(operation.kind) or _WIRE_METHODS.get(operation.method, "CreditCard")


def transaction_attempt(operation: Operation, facts: Facts) -> dict[str, Any]:
    """One operation with everything that clients read of it."""
    payment = facts.payments[operation.payment_id]
    checkout = facts.checkouts.get(operation.payment_id)
    code = code_of(operation)
    network = network_of(operation, facts)
    told = {
        "paymentMerchantToken": None if checkout is None else checkout.tokens.merchant,
        "paymentMethod": method_of(operation),
        "paymentType": method_of(operation),
        "paymentNetwork": network,
        "provider": network,
        "date": milliseconds(operation),
        "amount": operation.amount.minor,
        "refundedAmount": facts.refunded.get(operation.id, 0),
        "currency": operation.amount.currency,
        "paymentMeanInfo": mean_info(operation, facts),
        "shopper": shopper_of(operation, facts),
        "operation": str(operation.kind),
        "resultCode": code,
        "resultMessage": text_of(code)[:255],
        "AVSResult": avs_of(operation, facts),
        "status": str(state_of_operation(operation)),
        "orderID": order_of(operation, facts),
        "orderDescription": payment.description,
        "paymentID": payment_name(payment.id),
        "transactionID": str(operation.number),
        "refTransactionID": reference(operation, facts),
        "providerTransactionID": str(operation.number),
        "subscriptionID": facts.subscriptions.get(operation.payment_id),
        "isTest": not operation.live,
    }
    return {name: value for name, value in told.items() if value is not None}


def network_of(operation: Operation, facts: Facts) -> str | None:
    """The network of a transfer: the shopper's choice, else the shop's."""
    if operation.method != "bank_transfer":
        return None
    given, checkout = card_of(operation, facts), facts.checkouts.get(operation.payment_id)
    chosen = None if given is None else given.network
    return chosen or (None if checkout is None else checkout.prepared.network)


def order_of(operation: Operation, facts: Facts) -> str:
    """The order of a payment, or of a rebill that has its own."""
    given = facts.cards.get(operation.id)
    own = None if given is None else given.order_id
    return own or facts.payments[operation.payment_id].order_id


def avs_of(operation: Operation, facts: Facts) -> str | None:
    """What the issuer said of the address that came with this very charge."""
    given = facts.cards.get(operation.id)
    return None if given is None else given.avs


def milliseconds(operation: Operation) -> int:
    return int(operation.occurred_at.timestamp() * 1000)


def reference(operation: Operation, facts: Facts) -> str | None:
    """The number of the operation this one acts on."""
    if operation.refers_to is None:
        return None
    number = facts.numbers.get(operation.refers_to)
    return None if number is None else str(number)


def card_of(operation: Operation, facts: Facts) -> CardFacts | None:
    given = facts.cards.get(operation.id)
    if given is None or given.order_id is not None:
        return facts.cards.get(operation.payment_id)
    return given


def mean_info(operation: Operation, facts: Facts) -> dict[str, Any]:
    """What was paid with, as far as it may be shown."""
    if operation.kind in _LISTED:
        return {"date": milliseconds(operation), "reasonCode": operation.reason or ""}
    if operation.method in _WALLETS:
        return {"totalFee": operation.amount.minor, "exchangeRate": 1}
    descriptor = facts.descriptors.get(operation.originator_id)
    if operation.method == "direct_debit":
        done = operation.status is Status.SUCCEEDED or operation.refers_to is not None
        return account_info(facts.mandates.get(operation.id), descriptor, collected=done)
    if operation.method != "card":
        return {}
    return card_info(
        operation, card_of(operation, facts), descriptor, shifted=operation.id in facts.shifted
    )


def card_info(
    operation: Operation, given: CardFacts | None, descriptor: str | None, *, shifted: bool
) -> dict[str, Any]:
    """A card as far as it may be shown, with what was given beside its number."""
    told: dict[str, Any] = {
        "cardNumber": masked(operation),
        "cardBrand": brand_of(operation),
        "is3DSecure": shifted,
        "statementDescriptor": descriptor,
        "cardToken": None if operation.card_token is None else operation.card_token.hex,
    }
    if given is not None:
        told["cardHolderName"] = given.holder
        if given.expiry_month is not None:
            told["cardExpireMonth"] = f"{given.expiry_month:02d}"
            told["cardExpireYear"] = str(given.expiry_year)
    return {name: value for name, value in told.items() if value is not None}


def masked(operation: Operation) -> str | None:
    if operation.card_last4 is None:
        return None
    return f"{operation.card_first6 or 'XXXXXX'}XXXXXX{operation.card_last4}"


def brand_of(operation: Operation) -> str | None:
    brand = operation.brand
    return None if brand is None else _BRANDS.get(brand, brand.upper())


def shopper_of(operation: Operation, facts: Facts) -> dict[str, Any]:
    """The shopper in the words of today and, beside them, of the revisions before 002.70."""
    payment = facts.payments[operation.payment_id]
    checkout = facts.checkouts.get(operation.payment_id)
    told = dict(checkout.prepared.shopper) if checkout is not None else _known(payment)
    given = card_of(operation, facts)
    if given is not None and given.ip is not None:
        told["ipAddress"] = given.ip
    older = {
        "name": full_name(told),
        "address": told.get("address1"),
        "phone": told.get("homePhone") or told.get("mobilePhone"),
    }
    return {**{name: value for name, value in older.items() if value}, **told}


def _known(payment: PaymentFacts) -> dict[str, Any]:
    kept = payment.shopper
    told = {
        "id": kept.get("shop_id"), "name": kept.get("name"), "email": payment.email,
        "homePhone": kept.get("phone"), "countryCode": kept.get("country"),
        "ipAddress": kept.get("ip"),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}
