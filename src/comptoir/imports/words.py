"""The words of other providers' files, and what they mean here.

Only words with one plain meaning are known by themselves; a mapping file adds a provider's own.
"""

from comptoir.kit.money import exponent
from comptoir.payments import Kind, Status

IGNORE = "ignore"  # What a mapping says of rows that are no payments: payouts, balances.

_KINDS: dict[Kind, str] = {
    Kind.SALE: "sale sales purchase payment charge charged",
    Kind.AUTHORIZE: "authorize authorise authorization authorisation auth preauth"
    " preauthorization preauthorisation",
    Kind.CAPTURE: "capture captured settle settlement",
    Kind.CANCEL: "cancel cancelled canceled cancellation cancelation void voided",
    Kind.REFUND: "refund refunded partialrefund paymentrefund",
    Kind.REBILL: "rebill rebilled recurring",
    Kind.CREDIT: "credit credited",
    Kind.CHECK: "3dscheck 3ds 3dsecure",
    Kind.SUBMISSION: "submission",
    Kind.COLLECTION: "collection",
    Kind.CHARGEBACK: "chargeback chargebacks",
    Kind.DISPUTE: "dispute disputed",
    Kind.RETRIEVAL: "retrieval retrievalrequest requestforinformation rfi",
    Kind.REVERSAL: "reversal reversed",
    Kind.FRAUD: "fraud fraudnotice tc40 safe",
    Kind.REPRESENTMENT: "representment secondpresentment",
}
_STATUSES: dict[Status, str] = {
    Status.SUCCEEDED: "succeeded success successful accepted approved authorized authorised paid"
    " captured settled completed complete ok refunded",
    Status.DECLINED: "declined refused denied failed failure",
    Status.REJECTED: "rejected error cancelled canceled expired abandoned aborted",
    Status.PENDING: "pending processing waiting open sent",
}
_BRANDS = {
    "americanexpress": "amex",
    "mastercard": "mastercard",
    "mc": "mastercard",
    "eurocardmastercard": "mastercard",
    "visacredit": "visa",
    "visadebit": "visa",
    "visaelectron": "visa",
    "dinersclub": "diners",
    "cartesbancaires": "cb",
    "cartebancaire": "cb",
    "chinaunionpay": "unionpay",
}
BRAND_LENGTH = 16

# What people write where there is nothing to write.
NOTHING = frozenset({"", "-", "--", "n/a", "na", "nan", "none", "null", "\\n", "unknown"})


def plain(text: str) -> str:
    """A word without case, spaces and punctuation: `Partial refund` and `partial_refund` meet."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


KINDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
STATUSES = {word: status for status, words in _STATUSES.items() for word in words.split()}


def brand(text: str) -> str:
    """The short name of a card brand; one that is not known is kept as it is written."""
    word = plain(text)
    return _BRANDS.get(word, word)[:BRAND_LENGTH]


def is_currency(code: str) -> bool:
    try:
        exponent(code)
    except KeyError:
        return False
    return True
