"""Why a payment was declined: 24 unified reasons, what to do next, and the 3-digit result codes.

The texts of the codes are for staff. A shopper sees only the neutral text of the reason's
category: finer words would help whoever tries stolen cards.
"""

from dataclasses import dataclass
from enum import StrEnum


class Decline(StrEnum):
    """The unified reasons."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    DO_NOT_HONOUR = "do_not_honour"
    EXPIRED_CARD = "expired_card"
    INVALID_NUMBER = "invalid_number"
    INVALID_EXPIRY = "invalid_expiry"
    INCORRECT_CVC = "incorrect_cvc"
    AVS_MISMATCH = "avs_mismatch"
    AUTHENTICATION_REQUIRED = "authentication_required"
    AUTHENTICATION_FAILED = "authentication_failed"
    LIMIT_EXCEEDED = "limit_exceeded"
    LOST_CARD = "lost_card"
    STOLEN_CARD = "stolen_card"
    RESTRICTED_OR_BLOCKED = "restricted_or_blocked"
    ACCOUNT_CLOSED = "account_closed"
    SUSPECTED_FRAUD_ISSUER = "suspected_fraud_issuer"
    BLOCKED_BY_GATEWAY_RISK = "blocked_by_gateway_risk"
    TRANSACTION_NOT_PERMITTED = "transaction_not_permitted"
    INVALID_AMOUNT = "invalid_amount"
    DUPLICATE = "duplicate"
    REVOKED_RECURRING = "revoked_recurring"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    CUSTOMER_CANCELLED = "customer_cancelled"
    MERCHANT_CONFIGURATION = "merchant_configuration"
    BANK_DEBIT = "bank_debit"


class Retry(StrEnum):
    """What may be tried next."""

    NEVER = "never"  # Not with this card.
    FIX_DATA = "fix_data"  # After the customer corrected something.
    AUTHENTICATE = "authenticate"  # With 3-D Secure.
    LATER = "later"
    OTHER_ROUTE = "other_route"  # Another merchant account may accept it.
    MERCHANT = "merchant"  # The merchant or the provider has to mend something.


class Category(StrEnum):
    """How finely a shopper may be told."""

    CARD = "card"
    DATA = "data"
    AUTHENTICATION = "authentication"
    FUNDS = "funds"
    TEMPORARY = "temporary"
    MERCHANT = "merchant"
    CANCELLED = "cancelled"


_C, _R = Category, Retry
_ABOUT: dict[Decline, tuple[Category, frozenset[Retry], str]] = {
    Decline.INSUFFICIENT_FUNDS: (_C.FUNDS, frozenset({_R.LATER}), "051"),
    Decline.DO_NOT_HONOUR: (_C.CARD, frozenset({_R.LATER, _R.OTHER_ROUTE}), "005"),
    Decline.EXPIRED_CARD: (_C.DATA, frozenset({_R.FIX_DATA}), "054"),
    Decline.INVALID_NUMBER: (_C.DATA, frozenset({_R.FIX_DATA}), "014"),
    Decline.INVALID_EXPIRY: (_C.DATA, frozenset({_R.FIX_DATA}), "033"),
    Decline.INCORRECT_CVC: (_C.DATA, frozenset({_R.FIX_DATA}), "007"),
    Decline.AVS_MISMATCH: (_C.DATA, frozenset({_R.FIX_DATA}), "002"),
    Decline.AUTHENTICATION_REQUIRED: (_C.AUTHENTICATION, frozenset({_R.AUTHENTICATE}), "065"),
    Decline.AUTHENTICATION_FAILED: (
        _C.AUTHENTICATION,
        frozenset({_R.AUTHENTICATE, _R.NEVER}),
        "001",
    ),
    Decline.LIMIT_EXCEEDED: (_C.FUNDS, frozenset({_R.LATER}), "034"),
    Decline.LOST_CARD: (_C.CARD, frozenset({_R.NEVER}), "041"),
    Decline.STOLEN_CARD: (_C.CARD, frozenset({_R.NEVER}), "043"),
    Decline.RESTRICTED_OR_BLOCKED: (_C.CARD, frozenset({_R.NEVER}), "062"),
    Decline.ACCOUNT_CLOSED: (_C.CARD, frozenset({_R.NEVER}), "056"),
    Decline.SUSPECTED_FRAUD_ISSUER: (_C.CARD, frozenset({_R.NEVER}), "085"),
    Decline.BLOCKED_BY_GATEWAY_RISK: (_C.CARD, frozenset({_R.MERCHANT}), "061"),
    Decline.TRANSACTION_NOT_PERMITTED: (_C.CARD, frozenset({_R.NEVER, _R.OTHER_ROUTE}), "035"),
    Decline.INVALID_AMOUNT: (_C.MERCHANT, frozenset({_R.MERCHANT}), "013"),
    Decline.DUPLICATE: (_C.MERCHANT, frozenset({_R.MERCHANT}), "094"),
    Decline.REVOKED_RECURRING: (_C.CARD, frozenset({_R.NEVER}), "002"),
    Decline.ISSUER_UNAVAILABLE: (_C.TEMPORARY, frozenset({_R.LATER, _R.OTHER_ROUTE}), "091"),
    Decline.CUSTOMER_CANCELLED: (_C.CANCELLED, frozenset({_R.FIX_DATA}), "021"),
    Decline.MERCHANT_CONFIGURATION: (_C.MERCHANT, frozenset({_R.MERCHANT}), "003"),
    Decline.BANK_DEBIT: (_C.FUNDS, frozenset({_R.LATER, _R.NEVER}), "005"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in four layers: ours, the category a shopper may read, what to try, the gateway's."""

    decline: Decline
    gateway_code: str | None = None
    gateway_message: str | None = None
    network_advice: str | None = None

    @property
    def category(self) -> Category:
        return _ABOUT[self.decline][0]

    @property
    def retry(self) -> frozenset[Retry]:
        return _ABOUT[self.decline][1]


SUCCESS = "000"
NOT_ENROLLED = "650"
CHALLENGE_REQUIRED = "655"

# Gateway codes: text for staff and the unified reason.
_GATEWAY: dict[str, tuple[str, Decline]] = {
    "001": ("Declined by the issuer", Decline.DO_NOT_HONOUR),
    "002": ("Declined by the issuer, special condition", Decline.DO_NOT_HONOUR),
    "003": ("Merchant invalid", Decline.MERCHANT_CONFIGURATION),
    "004": ("Card invalid, the issuer wants it kept", Decline.RESTRICTED_OR_BLOCKED),
    "005": ("Authorisation declined", Decline.DO_NOT_HONOUR),
    "006": ("Sequence number error", Decline.MERCHANT_CONFIGURATION),
    "007": ("Card security code missing or wrong", Decline.INCORRECT_CVC),
    "012": ("Transaction invalid", Decline.TRANSACTION_NOT_PERMITTED),
    "013": ("Amount invalid", Decline.INVALID_AMOUNT),
    "014": ("Card invalid", Decline.INVALID_NUMBER),
    "015": ("Issuer unknown", Decline.INVALID_NUMBER),
    "021": ("No action taken", Decline.DO_NOT_HONOUR),
    "030": ("Format error", Decline.MERCHANT_CONFIGURATION),
    "031": ("Issuer not approved", Decline.TRANSACTION_NOT_PERMITTED),
    "032": ("Payment expired", Decline.CUSTOMER_CANCELLED),
    "033": ("Card expired", Decline.EXPIRED_CARD),
    "034": ("Customer limit exceeded", Decline.LIMIT_EXCEEDED),
    "035": ("Not permitted to the cardholder", Decline.TRANSACTION_NOT_PERMITTED),
    "041": ("Lost card", Decline.LOST_CARD),
    "043": ("Stolen card", Decline.STOLEN_CARD),
    "047": ("Card busy at refund", Decline.TRANSACTION_NOT_PERMITTED),
    "051": ("Insufficient funds", Decline.INSUFFICIENT_FUNDS),
    "054": ("Card expired", Decline.EXPIRED_CARD),
    "055": ("Wrong PIN", Decline.AUTHENTICATION_FAILED),
    "056": ("Card unknown to the authoriser", Decline.ACCOUNT_CLOSED),
    "057": ("Not the original card", Decline.TRANSACTION_NOT_PERMITTED),
    "058": ("Terminal unknown", Decline.MERCHANT_CONFIGURATION),
    "061": ("On the local block list", Decline.BLOCKED_BY_GATEWAY_RISK),
    "062": ("Restricted card", Decline.RESTRICTED_OR_BLOCKED),
    "064": ("Above the original amount", Decline.INVALID_AMOUNT),
    "065": ("Soft decline, strong authentication needed", Decline.AUTHENTICATION_REQUIRED),
    "075": ("Too many wrong PINs", Decline.AUTHENTICATION_FAILED),
    "076": ("Key index not allowed", Decline.MERCHANT_CONFIGURATION),
    "077": ("PIN needed", Decline.AUTHENTICATION_REQUIRED),
    "080": ("Amount no longer available", Decline.INVALID_AMOUNT),
    "081": ("Message flow error", Decline.MERCHANT_CONFIGURATION),
    "082": ("Terminal blocked for pre-initialisation", Decline.MERCHANT_CONFIGURATION),
    "085": ("Rejected by the card institute", Decline.SUSPECTED_FRAUD_ISSUER),
    "089": ("Checksum wrong", Decline.MERCHANT_CONFIGURATION),
    "091": ("Issuer unreachable", Decline.ISSUER_UNAVAILABLE),
    "092": ("Card type not processed", Decline.TRANSACTION_NOT_PERMITTED),
    "094": ("Duplicate request", Decline.DUPLICATE),
    "096": ("Acquirer malfunction", Decline.ISSUER_UNAVAILABLE),
    "097": ("Security breach", Decline.MERCHANT_CONFIGURATION),
}

# Every code an operation of ours may carry, with its text.
RESULT_TEXTS: dict[str, str] = {
    SUCCESS: "Success",
    **{code: text for code, (text, _) in _GATEWAY.items()},
    "500": "Card blacklisted",
    "501": "E-mail blacklisted",
    "502": "IP address blacklisted",
    NOT_ENROLLED: "Card not enrolled in 3-D Secure",
    CHALLENGE_REQUIRED: "3-D Secure challenge required",
}
GATEWAY_CODES = frozenset(_GATEWAY)

CUSTOMER_TEXTS: dict[Category, str] = {
    Category.CARD: "Your bank did not accept this card. Please use another one.",
    Category.DATA: "Please check the card details and try again.",
    Category.AUTHENTICATION: "Your bank could not confirm that it is you. Please try again.",
    Category.FUNDS: "Your bank did not accept this payment. Please try another card or later.",
    Category.TEMPORARY: "Your bank could not be reached. Please try again in a few minutes.",
    Category.MERCHANT: "This payment cannot be made right now. Please contact the shop.",
    Category.CANCELLED: "The payment was cancelled. Nothing was charged.",
}


def text_of(code: str) -> str:
    """The text of a result code for staff; a neutral one for a code we have not met."""
    return RESULT_TEXTS.get(code, "Declined")


def reason_of(code: str, message: str | None = None) -> Reason:
    """The reason behind a gateway's 3-digit code; an unseen code is a plain refusal."""
    _, decline = _GATEWAY.get(code, ("", Decline.DO_NOT_HONOUR))
    return Reason(decline, gateway_code=code, gateway_message=message)


def code_of(decline: Decline) -> str:
    """The 3-digit code that stands for a reason when the gateway gives none of its own."""
    return _ABOUT[decline][2]
